import type { Failure } from '../../domain/delivery.ts'
import { asNumber, asRecord } from '../../net/read-json.ts'
import type { AccountContext, AccountMetrics, AccountProfile, Outcome } from '../network.ts'
import { ask } from './access.ts'
import { boardProfile } from './connect.ts'
import { failureOf } from './failure.ts'

/** Is the access still good, and is the board still there? */
export async function probe(ctx: AccountContext): Promise<Outcome<AccountProfile>> {
  const profile = await readRecord(ctx, '/user_account')
  if (profile.outcome === 'failed') return profile
  const board = await readBoard(ctx)
  if (board.outcome === 'failed') return board
  return { outcome: 'done', value: boardProfile(board.value, profile.value) }
}

/** The board's own numbers; the whole account's are beside them in `raw`. */
export async function accountMetrics(ctx: AccountContext): Promise<Outcome<AccountMetrics>> {
  const profile = await readRecord(ctx, '/user_account')
  if (profile.outcome === 'failed') return profile
  const board = await readBoard(ctx)
  if (board.outcome === 'failed') return board
  const count = (body: Record<string, unknown>, name: string) => asNumber(body[name])
  return {
    outcome: 'done',
    value: {
      followers: count(board.value, 'follower_count'),
      posts: count(board.value, 'pin_count'),
      raw: {
        board_follower_count: count(board.value, 'follower_count') ?? null,
        board_pin_count: count(board.value, 'pin_count') ?? null,
        account_follower_count: count(profile.value, 'follower_count') ?? null,
        account_following_count: count(profile.value, 'following_count') ?? null,
        account_pin_count: count(profile.value, 'pin_count') ?? null,
        account_monthly_views: count(profile.value, 'monthly_views') ?? null,
      },
    },
  }
}

async function readBoard(ctx: AccountContext): Promise<Outcome<Record<string, unknown>>> {
  const board = await readRecord(ctx, `/boards/${encodeURIComponent(ctx.account.externalId)}`)
  if (board.outcome === 'done' || board.failure.rule !== 'pinterest.not_found') return board
  const failure: Failure = {
    class: 'reconnect',
    rule: 'pinterest.board_gone',
    message: `The board ${ctx.account.name} is not there any more.`,
    remedy: 'Connect another board of this account.',
  }
  return { outcome: 'failed', failure }
}

async function readRecord(ctx: AccountContext, path: string): Promise<Outcome<Record<string, unknown>>> {
  const asked = await ask(ctx, { method: 'GET', path })
  const body = asked.kind === 'answer' && asked.ok ? asRecord(asked.json) : undefined
  return body
    ? { outcome: 'done', value: body }
    : { outcome: 'failed', failure: failureOf(asked, 'read the account', ctx.now()) }
}
