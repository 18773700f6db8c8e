import type { FastifyRequest } from 'fastify'
import { bearer } from '../oauth.ts'
import { problem, unauthenticated } from './problems.ts'
import { objectId } from './state.ts'

/** Whoever a key belongs to. */
export interface Account {
  id: string
  organizationId: string
  name: string
  /** The key itself: what the rate limits count. */
  key: string
}

/**
 * Any word is a key. What stands before a `~` names the account, so that `ada~1` and `ada~2` are two keys of one; words
 * that begin with `invalid`, `expired` or `revoked` are what they say, as everywhere in the sandbox.
 */
export function accountBehind(request: FastifyRequest): Account {
  const key = bearer(request)?.trim()
  if (!key) throw unauthenticated
  if (/^(invalid|expired|revoked)/i.test(key)) throw problem('UNAUTHORIZED', 'Invalid or expired API key')
  return accountOf(key)
}

export function accountOf(key: string): Account {
  const name = key.split('~')[0]?.slice(0, 60) || key.slice(0, 60)
  const seed = key.includes('~') ? name : key
  return {
    id: objectId(`account ${seed}`),
    organizationId: objectId(`organization ${seed}`),
    name,
    key,
  }
}
