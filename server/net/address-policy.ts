import ipaddr from 'ipaddr.js'

/**
 * Which addresses an outbound request may reach. Requests go to addresses that users give (instances, webhooks,
 * media URLs), so private, loopback, link-local and metadata ranges are refused unless the operator allows them.
 */
export interface AddressPolicy {
  /** True: every address. A list of CIDR ranges: those too. From FANFARE_ALLOW_PRIVATE_ADDRESSES. */
  allowPrivate: boolean | string[]
  /** Origins of our own making (the sandbox, a base-URL override) that may be private. */
  trustedOrigins: string[]
}

export const closedPolicy: AddressPolicy = { allowPrivate: false, trustedOrigins: [] }

export const isTrusted = (policy: AddressPolicy, url: URL) => policy.trustedOrigins.includes(url.origin)

/** `ip` is what DNS answered or the URL's literal host, without brackets. */
export function isAllowedAddress(policy: AddressPolicy, ip: string): boolean {
  if (policy.allowPrivate === true) return true
  if (!ipaddr.isValid(ip)) return false
  const address = ipaddr.process(ip)
  if (address.range() === 'unicast') return true
  if (policy.allowPrivate === false) return false
  return policy.allowPrivate.some((cidr) => {
    const [range, bits] = ipaddr.parseCIDR(cidr)
    return range.kind() === address.kind() && address.match([range, bits] as never)
  })
}
