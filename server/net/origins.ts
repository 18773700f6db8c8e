/**
 * Where a network is reached. In this order: the operator's override, the sandbox (in a sandbox workspace), the
 * account's own server, the network's real address.
 */
export interface OriginRules {
  /** `<NETWORK>_BASE_URL`, by network id; wins in every workspace. */
  overrides: Readonly<Record<string, string | undefined>>
  /** Where the simulated networks are mounted: `<own address>/sandbox`. A function, since a port may be chosen at start. */
  sandbox: () => string
}

/** As much of a network as finding it needs. */
export interface Reachable {
  id: string
  origins: Readonly<Record<string, string>>
  /** The setting that names the account's own server; it replaces the role `api` alone. */
  serverSetting?: string | undefined
}

/** The simulated networks take any app, so a sandbox workspace needs none of the operator's. */
export const sandboxApp = { clientId: 'sandbox', clientSecret: 'sandbox' }

export type Origins = (
  network: Reachable,
  workspaceMode: 'live' | 'sandbox',
  settings: Record<string, unknown>,
  role?: string,
) => string

/**
 * Makes the resolver. An override and the sandbox stand for every role of a network: the base address is `api`, other
 * roles are a path below it. What comes back never ends in a slash. An unknown role is a mistake in the adapter.
 */
export function createOrigins({ overrides, sandbox }: OriginRules): Origins {
  return (network, workspaceMode, settings, role = 'api') => {
    const real = network.origins[role]
    if (real === undefined) throw new Error(`${network.id} has no origin for the role ${role}`)
    const base = overrides[network.id] ?? (workspaceMode === 'sandbox' ? `${sandbox()}/${network.id}` : null)
    if (base) return role === 'api' ? withoutSlash(base) : `${withoutSlash(base)}/${role}`
    const own = role === 'api' && network.serverSetting ? settings[network.serverSetting] : null
    return withoutSlash(typeof own === 'string' && own !== '' ? own : real)
  }
}

/**
 * What a person typed as a server, as an origin: `mastodon.social`, `https://mastodon.social/@me`,
 * `@me@mastodon.social` and `https://mastodon.social` are the same. Null when it is no http(s) address, or hides a user name in it.
 */
export function serverOrigin(typed: string): string | null {
  const text = typed.trim().replace(/^@?[\w.-]+@(?=[^@/\s]+$)/, '')
  if (text === '') return null
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
    const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
    return isWeb && !url.username && !url.password && url.hostname ? url.origin : null
  } catch {
    return null
  }
}

const withoutSlash = (address: string) => address.replace(/\/+$/, '')
