/** Who asks. Either a token that somebody else looks after, or a login that the client keeps alive. */
export interface Session {
  /** For the next request; null: none. */
  token(): Promise<string | null>
  /** The server has refused this token. @returns whether there is another one to try. */
  renew(refused: string | null): Promise<boolean>
}

/** A fixed token, or a function that knows the newest one. */
export function tokenSession(token: string | (() => string | Promise<string>)): Session {
  const newest = async () => (typeof token === 'string' ? token : await token())
  return {
    token: newest,
    renew: async (refused) => typeof token !== 'string' && (await newest()) !== refused,
  }
}

export const noSession: Session = { token: async () => null, renew: async () => false }

/** What a login or a refresh answers: the token for requests, and the cookie that gets the next one. */
export interface Opened {
  accessToken: string
  /** `name=value`; null when the server set none, and in a browser, which keeps it to itself. */
  cookie: string | null
}

/**
 * Keeps a login alive: when the access token runs out, many requests notice at once and one refresh serves them all.
 * @param refresh asks the server for the next token; null: the login is over.
 */
export function loginSession(
  opened: Opened,
  refresh: (cookie: string | null) => Promise<Opened | null>,
): Session {
  let current = opened
  let renewing: Promise<boolean> | null = null

  async function renewOnce() {
    const next = await refresh(current.cookie)
    if (next) current = { accessToken: next.accessToken, cookie: next.cookie ?? current.cookie }
    return next !== null
  }

  return {
    token: async () => current.accessToken,
    renew(refused) {
      if (refused !== current.accessToken) return Promise.resolve(true)
      renewing ??= renewOnce().finally(() => {
        renewing = null
      })
      return renewing
    },
  }
}
