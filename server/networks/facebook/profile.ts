import { asCount, asRecord, asString, graphFailure, graphObject } from '../graph-api.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Json, Outcome } from '../network.ts'
import { facebookGraph, sendAsPage, version } from './api.ts'

export const pageFields = 'id,name,username,link,category,picture{url}'

export function profileOf(page: Record<string, Json>): AccountProfile {
  const handle = asString(page.username) ?? null
  return {
    name: asString(page.name) || handle || 'Facebook page',
    handle,
    profileImageUrl: asString(asRecord(asRecord(page.picture)?.data)?.url) ?? null,
    profileUrl: asString(page.link) ?? null,
    metadata: { category: asString(page.category) ?? null },
  }
}

export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const answer = await ofPage(ctx, pageFields)
  const page = graphObject(answer)
  return page?.id
    ? { outcome: 'done', value: profileOf(page) }
    : { outcome: 'failed', failure: graphFailure(facebookGraph, answer, 'say which page this is') }
}

/** `page_fans` and `page_impressions` are gone since November 2025; the page's own field is not. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const answer = await ofPage(ctx, 'followers_count,fan_count')
  const page = graphObject(answer)
  if (!page)
    return { outcome: 'failed', failure: graphFailure(facebookGraph, answer, "tell the page's numbers") }
  return { outcome: 'done', value: { followers: asCount(page.followers_count), raw: page } }
}

const ofPage = (ctx: AccountContext, fields: string) =>
  sendAsPage(ctx, { method: 'GET', path: `${version}/${ctx.account.externalId}`, query: { fields } })
