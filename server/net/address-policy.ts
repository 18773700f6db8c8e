import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
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

/**
 * Why a user may not name this address, or null when it is fine. Said early, when the address is entered; the check
 * that counts is made again by `http` at every connection, because names change their mind.
 */
export async function addressProblem(policy: AddressPolicy, address: string): Promise<string | null> {
  if (!URL.canParse(address)) return 'This is not an address. Give one like https://example.com/path.'
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'The address must start with https:// or http://.'
  if (url.username || url.password) return 'The address must not hold a user name or password.'
  if (isTrusted(policy, url)) return null
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = isIP(host) ? [host] : await lookup(host, { all: true }).then(addressesOf, () => [])
  if (found.length > 0 && !found.some((ip) => isAllowedAddress(policy, ip)))
    return `${host} is a private address, which this server does not call (FANFARE_ALLOW_PRIVATE_ADDRESSES).`
  return null
}

const addressesOf = (answers: { address: string }[]) => answers.map(({ address }) => address)
