import { sql } from 'kysely'
import type { Failure } from '../domain/delivery.ts'
import type { PostContent } from '../domain/draft.ts'
import type { Db } from './database.ts'
import type { Json } from './json.ts'
import type {
  AccountState,
  ApprovalMode,
  MediaKind,
  MediaState,
  PostApproval,
  WorkspaceMode,
  WriteState,
} from './schema.ts'

/** Everything one attempt needs, read after its claim was committed. */
export interface AttemptRow {
  id: string
  attempt: number
  tries: number
  dueAt: Date
  workspaceId: string
  postId: string
  brandId: string
  accountId: string
  network: string
  overrideText: string | null
  overrideMediaIds: string[] | null
  overrideOptions: Record<string, Json> | null
  checkpoint: Checkpoint
  post: PostContent & { mediaUrls: string[] }
  approval: PostApproval
  /** The approval was given to exactly this content. */
  isApprovedContent: boolean
  mode: WorkspaceMode
  approvals: ApprovalMode
  latenessHours: number
  accountExternalId: string
  accountName: string
  accountHandle: string | null
  accountState: AccountState
  accountIsActive: boolean
  accountSettings: Record<string, Json>
  accountLimits: Json
  accountScopes: string[]
  /** Sealed; of the app that was registered for this account's server, if one was. */
  appCredentials: Buffer | null
  secret: Buffer | null
  secretVersion: number
  /** In the order of the post. */
  media: MediaRow[]
  /** Those that happened or may have, by position. */
  writes: WriteRow[]
}

/** `deliveries.checkpoint`: finished steps of prepare, and the plan that was stored with the first fence. */
export interface Checkpoint {
  steps?: Record<string, { value: Json; at: string; until?: string | null }>
  plan?: Json
}

export interface MediaRow {
  id: string
  kind: MediaKind
  mimeType: string
  filename: string
  bytes: number
  width: number | null
  height: number | null
  durationMs: number | null
  altText: string | null
  state: MediaState
  storageKey: string
}

export interface WriteRow {
  id: string
  attempt: number
  position: number
  kind: string
  key: string
  state: WriteState
  fencedAt: Date
  externalId: string | null
  url: string | null
  data: Json
  token: Json
  failure: Failure | null
  conclusiveAt: Date | null
  absentAt: Date | null
  looks: number
}

/**
 * Reads what is to be published, for many claims at once. It must run after the claim committed: an edit that was
 * quicker than the claim is then visible, and one that comes later raises `attempt`, so that the fence misses.
 * Claims that are no longer current (edited, cancelled, taken over) are left out.
 * Indexes: primary keys, post_media's, writes_once.
 */
export async function loadAttempts(
  db: Db,
  claims: { deliveryId: string; attempt: number }[],
): Promise<AttemptRow[]> {
  const { rows } = await sql<AttemptRow>`
    select deliveries.id, deliveries.attempt, deliveries.tries, deliveries.due_at, deliveries.workspace_id,
           deliveries.post_id, posts.brand_id, deliveries.account_id, deliveries.network, deliveries.text as override_text,
           deliveries.media_ids as override_media_ids, deliveries.options as override_options, deliveries.checkpoint,
           json_build_object('text', posts.text, 'title', posts.title, 'link', posts.link,
             'hashtags', posts.hashtags, 'contentType', posts.content_type, 'options', posts.options,
             'mediaUrls', posts.media_urls) as post,
           posts.approval, posts.approved_hash is not distinct from posts.content_hash as is_approved_content,
           workspaces.mode, workspaces.approvals, workspaces.lateness_hours,
           accounts.external_id as account_external_id, accounts.name as account_name,
           accounts.handle as account_handle, accounts.state as account_state,
           accounts.is_active as account_is_active, accounts.settings as account_settings,
           accounts.limits as account_limits, accounts.scopes as account_scopes, network_apps.credentials as app_credentials,
           accounts.secret, accounts.secret_version,
           coalesce(files.media, '[]'::json) as media, coalesce(sent.writes, '[]'::json) as writes
    from unnest(${claims.map((claim) => claim.deliveryId)}::uuid[], ${claims.map((claim) => claim.attempt)}::int[])
      as claims (delivery_id, attempt)
    join deliveries on deliveries.id = claims.delivery_id and deliveries.attempt = claims.attempt
      and deliveries.state = 'publishing'
    join posts on posts.id = deliveries.post_id
    join workspaces on workspaces.id = deliveries.workspace_id
    join accounts on accounts.id = deliveries.account_id
    left join network_apps on network_apps.id = accounts.app_id
    left join lateral (
      select json_agg(json_build_object('id', media.id, 'kind', media.kind, 'mimeType', media.mime_type,
               'filename', media.filename, 'bytes', media.bytes, 'width', media.width, 'height', media.height,
               'durationMs', media.duration_ms, 'altText', media.alt_text, 'state', media.state,
               'storageKey', media.storage_key) order by chosen.position) as media
      from (
        select media_id, position from post_media
        where post_id = posts.id and deliveries.media_ids is null
        union all
        select media_id, position from unnest(deliveries.media_ids) with ordinality as own (media_id, position)
      ) as chosen
      join media on media.id = chosen.media_id and media.workspace_id = deliveries.workspace_id
    ) as files on true
    left join lateral (
      select json_agg(json_build_object('id', id, 'attempt', attempt, 'position', position, 'kind', kind, 'key', key,
               'state', state, 'fencedAt', fenced_at, 'externalId', external_id, 'url', url, 'data', data,
               'token', token, 'failure', failure, 'conclusiveAt', conclusive_at, 'absentAt', absent_at,
               'looks', looks) order by position) as writes
      from writes
      where delivery_id = deliveries.id and writes.state in ('open', 'accepted', 'pending', 'unknown')
    ) as sent on true`.execute(db)
  for (const row of rows) row.writes = row.writes.map(withDates)
  return rows
}

/** JSON has no dates. */
const withDates = (write: WriteRow): WriteRow => ({
  ...write,
  fencedAt: new Date(write.fencedAt),
  conclusiveAt: write.conclusiveAt && new Date(write.conclusiveAt),
  absentAt: write.absentAt && new Date(write.absentAt),
})
