import type { HttpAnswer } from '../../net/http.ts'
import { asRecord, asString } from '../../net/read-json.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Outcome } from '../network.ts'
import { isPage } from './author.ts'
import { memberAccountMetrics } from './member-statistics.ts'
import { pageAccountMetrics } from './page-statistics.ts'
import { askedFailure, authorized, readTimeoutMs } from './session.ts'

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const id = /^urn:li:organization:(\d+)$/.exec(ctx.account.externalId)?.[1]
  const asked = await authorized(ctx, () => ({
    method: 'GET',
    url: `${ctx.origin()}${id ? `/rest/organizations/${id}` : '/v2/userinfo'}`,
    timeoutMs: readTimeoutMs,
    signal: ctx.signal,
  }))
  const found = asked.kind === 'no_access' ? null : id ? pageIn(asked, id) : memberIn(asked)
  if (!found) return { outcome: 'failed', failure: askedFailure(asked, 'read the account', ctx.now()) }
  const { externalId: _, ...profile } = found
  return { outcome: 'done', value: profile }
}

export const accountMetrics = (ctx: AccountContext): Promise<Outcome<AccountMetrics>> =>
  isPage(ctx) ? pageAccountMetrics(ctx) : memberAccountMetrics(ctx)

type Profile = AccountProfile & { externalId: string }

export function memberIn(answer: HttpAnswer): Profile | null {
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const id = asString(body?.sub)
  if (!id) return null
  const name = asString(body?.name) || 'LinkedIn member'
  const profileImageUrl = asString(body?.picture) ?? null
  return { externalId: `urn:li:person:${id}`, name, handle: null, profileImageUrl, profileUrl: null }
}

export function pageIn(answer: HttpAnswer, id: string): Profile | null {
  const body = answer.kind === 'answer' && answer.ok ? asRecord(answer.json) : undefined
  const name = asString(body?.localizedName)
  if (!name) return null
  const handle = asString(body?.vanityName) ?? null
  const profileUrl = `https://www.linkedin.com/company/${handle ?? id}`
  return { externalId: `urn:li:organization:${id}`, name, handle, profileImageUrl: null, profileUrl }
}
