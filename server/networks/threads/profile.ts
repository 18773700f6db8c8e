import { asCount, asRecord, asString, graphFailure, graphList, graphObject, sendGraph } from '../graph-api.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Json, Outcome } from '../network.ts'
import { threadsGraph, tokenOf, version } from './api.ts'

export const profileFields = 'id,username,name,threads_profile_picture_url,threads_biography'

export function profileOf(person: Record<string, Json>): AccountProfile {
  const handle = asString(person.username) ?? null
  return {
    name: asString(person.name) || handle || 'Threads',
    handle,
    profileImageUrl: asString(person.threads_profile_picture_url) ?? null,
    profileUrl: handle && `https://www.threads.net/@${handle}`,
  }
}

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const answer = await sendGraph(ctx, await tokenOf(ctx), {
    method: 'GET',
    path: `${version}/me`,
    query: { fields: profileFields },
  })
  const person = asRecord(graphObject(answer))
  return person?.id
    ? { outcome: 'done', value: profileOf(person) }
    : { outcome: 'failed', failure: graphFailure(threadsGraph, answer, 'say who the account is') }
}

/** Followers now, and what happened in the last two days, the window of this call when none is named. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await sendGraph(ctx, await tokenOf(ctx), {
    method: 'GET',
    path: `${version}/me/threads_insights`,
    query: { metric: 'views,likes,replies,reposts,quotes,followers_count' },
  })
  const list = graphList(answer)
  if (!list)
    return { outcome: 'failed', failure: graphFailure(threadsGraph, answer, "tell the account's numbers") }
  const raw: Record<string, Json> = {}
  for (const metric of list) {
    const name = asString(metric.name)
    const total = asCount(asRecord(metric.total_value)?.value)
    if (name) raw[name] = total ?? (metric.values as Json) ?? null
  }
  return { outcome: 'done', value: { followers: asCount(raw.followers_count), raw } }
}
