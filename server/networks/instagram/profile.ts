import { asCount, asString, graphFailure, graphObject, sendGraph } from '../graph-api.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Json, Outcome } from '../network.ts'
import { instagramGraph, tokenOf, version } from './api.ts'

export const profileFields = 'id,user_id,username,name,account_type,profile_picture_url'

export function profileOf(person: Record<string, Json>): AccountProfile {
  const handle = asString(person.username) ?? null
  return {
    name: asString(person.name) || handle || 'Instagram',
    handle,
    profileImageUrl: asString(person.profile_picture_url) ?? null,
    profileUrl: handle && `https://www.instagram.com/${handle}/`,
    metadata: { accountType: asString(person.account_type) ?? null },
  }
}

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const answer = await me(ctx, profileFields)
  const person = graphObject(answer)
  return person?.id
    ? { outcome: 'done', value: profileOf(person) }
    : { outcome: 'failed', failure: graphFailure(instagramGraph, answer, 'say who the account is') }
}

export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await me(ctx, 'followers_count,follows_count,media_count')
  const counts = graphObject(answer)
  if (!counts)
    return { outcome: 'failed', failure: graphFailure(instagramGraph, answer, "tell the account's numbers") }
  return {
    outcome: 'done',
    value: {
      followers: asCount(counts.followers_count),
      following: asCount(counts.follows_count),
      posts: asCount(counts.media_count),
      raw: counts,
    },
  }
}

const me = async (ctx: AccountContext, fields: string) =>
  sendGraph(ctx, await tokenOf(ctx), { method: 'GET', path: `${version}/me`, query: { fields } })
