import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Figures over the whole instance, for its administrators. Each is counted when asked; nothing is kept or estimated. */

export interface Overview {
  totalWorkspaces: number
  totalPosts: number
  totalAccounts: number
  totalUsers: number
}

/** Workspaces, posts and users that exist; accounts that are connected. */
export async function countEverything(tx: Db): Promise<Overview> {
  const { rows } = await sql<Overview>`
    select (select count(*) from workspaces) as total_workspaces,
           (select count(*) from posts) as total_posts,
           (select count(*) from accounts where state not in ('disconnected', 'choosing')) as total_accounts,
           (select count(*) from users) as total_users`.execute(tx)
  return rows[0] as Overview
}

export interface Activity {
  postsToday: number
  postsThisWeek: number
  scheduledPosts: number
  failedPosts: number
}

/**
 * Posts whose first delivery went out today and since Monday (UTC), posts that wait or are on their way now, and posts
 * that came to a bad end since Monday (answers part 2: the dashboard's failures are the week's).
 */
export async function countActivity(tx: Db, now: Date): Promise<Activity> {
  const { rows } = await sql<Activity>`
    with bounds as (
      select date_trunc('day', ${now}::timestamptz, 'UTC') as today, date_trunc('week', ${now}::timestamptz, 'UTC') as monday
    )
    select count(*) filter (where published_at >= today) as posts_today,
           count(*) filter (where published_at >= monday) as posts_this_week,
           count(*) filter (where status in ('scheduled', 'publishing')) as scheduled_posts,
           count(*) filter (where status in ('failed', 'uncertain') and updated_at >= monday) as failed_posts
    from posts, bounds`.execute(tx)
  return rows[0] as Activity
}

/** Posts by the network of their first target, so that the numbers add up to all posts; null: posts without a target. */
export async function countPostsByNetwork(tx: Db): Promise<{ network: string | null; posts: number }[]> {
  const { rows } = await sql<{ network: string | null; posts: number }>`
    select first.network, count(*) as posts
    from posts left join lateral (
      select network from deliveries where post_id = posts.id order by position limit 1
    ) as first on true
    group by first.network`.execute(tx)
  return rows
}

export async function countPostsByStatus(tx: Db): Promise<{ status: string; posts: number }[]> {
  return await tx
    .selectFrom('posts')
    .select((eb) => ['status', eb.fn.countAll<number>().as('posts')])
    .groupBy('status')
    .execute()
}

/** Connected accounts by state: active, expired or error. */
export async function countAccountsByState(tx: Db): Promise<{ state: string; accounts: number }[]> {
  return await tx
    .selectFrom('accounts')
    .select((eb) => ['state', eb.fn.countAll<number>().as('accounts')])
    .where('state', 'in', ['active', 'expired', 'error'])
    .groupBy('state')
    .execute()
}

/** Bytes of all media that are ready. */
export async function storedBytes(tx: Db): Promise<number> {
  const { bytes } = await tx
    .selectFrom('media')
    .select((eb) => eb.fn.coalesce(eb.fn.sum<number>('bytes'), eb.lit(0)).as('bytes'))
    .where('state', '=', 'ready')
    .executeTakeFirstOrThrow()
  return bytes
}

export interface NetworkHealth {
  network: string
  /** Attempts that ended in the last 24 hours. */
  attempts: number
  /** Of those, the ones that failed for the network's reasons: transient, rate limited, or no answer. */
  errors: number
  /** Mean time from the start of an attempt to its end, over the published ones; null when there was none. */
  averageMs: number | null
  lastPublishedAt: Date | null
  /** What went wrong, in words, newest first; at most five different ones. */
  issues: string[]
}

/**
 * How each network did, from our own attempts of the last 24 hours (index attempts_recent), and when a post last went
 * out there at all. A person's mistake (a text too long) says nothing about a network and is not counted as its error.
 */
export async function networkHealth(tx: Db, now: Date): Promise<NetworkHealth[]> {
  const since = new Date(now.getTime() - 24 * 60 * 60 * 1000)
  const { rows } = await sql<NetworkHealth>`
    with recent as (
      select network, outcome, failure, started_at, finished_at,
             (outcome in ('retry', 'held', 'failed', 'uncertain')
               and coalesce(failure->>'class', 'transient') in ('transient', 'rate_limited')) as is_error
      from attempts where started_at >= ${since} and finished_at is not null
    ), ended as (
      select network, count(*) as attempts, count(*) filter (where is_error) as errors,
             round(avg(extract(epoch from finished_at - started_at) * 1000) filter (where outcome = 'published')) as average_ms
      from recent group by network
    ), last as (
      select network, max(published_at) as last_published_at from deliveries where state = 'published' group by network
    )
    select network, coalesce(attempts, 0) as attempts, coalesce(errors, 0) as errors, average_ms, last_published_at,
           array(select message from (
               select failure->>'message' as message, max(started_at) as at from recent
               where recent.network = known.network and is_error and failure is not null
               group by 1 order by 2 desc limit 5) as newest) as issues
    from (select network from ended union select network from last) as known
    left join ended using (network) left join last using (network)
    order by 1`.execute(tx)
  return rows
}

export interface QueueHealth {
  /** Deliveries that are due now or overdue. */
  due: number
  oldestDueAt: Date | null
  /** Chores that wait to be run now. */
  chores: number
  /** The newest sign of life of a process that publishes. */
  engineBeatAt: Date | null
}

/** Uses deliveries_due. */
export async function queueHealth(tx: Db, now: Date): Promise<QueueHealth> {
  const { rows } = await sql<QueueHealth>`
    select (select count(*) from deliveries where state = 'scheduled' and wake_at <= ${now}) as due,
           (select min(wake_at) from deliveries where state = 'scheduled' and wake_at <= ${now}) as oldest_due_at,
           (select count(*) from graphile_worker.jobs where run_at <= ${now} and attempts < max_attempts) as chores,
           (select max(beat_at) from processes where role in ('engine', 'all')) as engine_beat_at`.execute(tx)
  return rows[0] as QueueHealth
}

/** How long one trivial question to the database takes, in milliseconds, and which server answers. */
export async function databaseAnswer(
  tx: Db,
  elapsedMs: () => number,
): Promise<{ latencyMs: number; version: string }> {
  const before = elapsedMs()
  const { rows } = await sql<{
    version: string
  }>`select 'PostgreSQL ' || current_setting('server_version') as version`.execute(tx)
  return { latencyMs: Math.round((elapsedMs() - before) * 100) / 100, version: rows[0]?.version ?? '' }
}
