-- The whole domain of Fanfare. Conventions:
--   ids are UUIDv7 made by the process (older servers than PostgreSQL 18 have no uuidv7());
--   timestamps are timestamptz(3), because JavaScript dates hold milliseconds and cursors must not skip rows;
--   every tenant-owned row carries workspace_id; `number` is the integer id that dialect A shows;
--   text columns holding state are enums, so that the process and the database agree on the words.

create type workspace_mode as enum ('live', 'sandbox');
create type approval_mode as enum ('off', 'required');
create type account_state as enum ('choosing', 'active', 'expired', 'error', 'disconnected');
create type media_kind as enum ('image', 'video', 'document');
create type media_state as enum ('pending', 'ready', 'failed');
create type delivery_state as enum
  ('draft', 'scheduled', 'held', 'publishing', 'published', 'failed', 'uncertain', 'cancelled');
create type post_status as enum
  ('draft', 'scheduled', 'publishing', 'published', 'partially_failed', 'failed', 'uncertain', 'cancelled');
create type post_approval as enum ('none', 'pending', 'approved');
create type approval_state as enum ('pending', 'approved', 'rejected', 'void');
create type write_state as enum ('open', 'accepted', 'pending', 'rejected', 'absent', 'unknown');
create type campaign_status as enum ('draft', 'active', 'paused', 'completed', 'cancelled', 'archived');
create type recurrence_status as enum ('active', 'paused', 'ended');
create type webhook_delivery_state as enum ('queued', 'delivered', 'failed');

-- Answers 1.1, the same rule as domain/delivery.ts postStatus.
create function post_status_of(states delivery_state[]) returns post_status language sql immutable as $$
  select case
    when 'publishing' = any (states) then 'publishing'
    when 'scheduled' = any (states) or 'held' = any (states) then 'scheduled'
    when 'published' = any (states) and not (array['failed', 'uncertain', 'draft']::delivery_state[] && states) then 'published'
    when 'published' = any (states) then 'partially_failed'
    when 'uncertain' = any (states) then 'uncertain'
    when 'failed' = any (states) then 'failed'
    when 'draft' = any (states) or coalesce(cardinality(states), 0) = 0 then 'draft'
    else 'cancelled'
  end::post_status
$$;

-- ------------------------------------------------------------------ instance

create table instance_settings (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz(3) not null
);

create table signing_keys (
  id text primary key,                       -- the `kid` of the JWKS
  private_key bytea not null,                -- sealed PKCS#8
  public_jwk jsonb not null,
  created_at timestamptz(3) not null,
  retired_at timestamptz(3)
);

create table processes (
  id uuid primary key,
  role text not null,
  host text not null,
  started_at timestamptz(3) not null,
  beat_at timestamptz(3) not null
);

-- ------------------------------------------------------------------ people

create table users (
  id uuid primary key,
  number integer generated always as identity unique,
  email text not null,
  name text not null,
  password_hash text,
  is_instance_admin boolean not null default false,
  is_active boolean not null default true,
  permissions text[] not null default '{}',
  last_login_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create unique index users_email on users (lower(email));

create table setup_links (
  token_hash bytea primary key,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);

-- A session is a login; access tokens name it (`sid`), so that ending it ends them.
create table sessions (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  ip text,
  user_agent text,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3)
);
create index sessions_user on sessions (user_id) where ended_at is null;

-- Rotated on each use; presenting a spent one ends the session.
create table refresh_tokens (
  token_hash bytea primary key,
  session_id uuid not null references sessions on delete cascade,
  issued_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  spent_at timestamptz(3)
);
create index refresh_tokens_session on refresh_tokens (session_id);

-- ------------------------------------------------------------------ tenants

create table workspaces (
  id uuid primary key,
  name text not null,
  description text,
  mode workspace_mode not null,
  timezone text not null default 'UTC',
  approvals approval_mode not null default 'off',
  allow_self_approval boolean not null default false,
  lateness_hours integer not null default 24 check (lateness_hours between 1 and 720),
  default_hashtags text[] not null default '{}',
  settings jsonb not null default '{}',
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create table roles (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  permissions text[] not null,
  is_system boolean not null default false,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create unique index roles_name on roles (workspace_id, lower(name));

create table members (
  workspace_id uuid not null references workspaces on delete cascade,
  user_id uuid not null references users on delete cascade,
  role_id uuid not null references roles,
  joined_at timestamptz(3) not null,
  primary key (workspace_id, user_id)
);
create index members_user on members (user_id, joined_at);
create index members_role on members (role_id);

create table invitations (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  email text not null,
  role_id uuid not null references roles on delete cascade,
  token_hash bytea not null unique,
  invited_by uuid references users on delete set null,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  accepted_at timestamptz(3),
  revoked_at timestamptz(3)
);
create unique index invitations_open on invitations (workspace_id, lower(email))
  where accepted_at is null and revoked_at is null;

create table brands (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  description text,
  is_default boolean not null default false,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index brands_workspace on brands (workspace_id, id);
create unique index brands_one_default on brands (workspace_id) where is_default;

-- ------------------------------------------------------------------ accounts

-- An app we registered ourselves at one server (Mastodon), kept per origin and redirect address.
create table network_apps (
  id uuid primary key,
  network text not null,
  origin text not null,
  redirect_uri text not null,
  credentials bytea not null,                -- sealed {clientId, clientSecret}
  created_at timestamptz(3) not null,
  unique (network, origin, redirect_uri)
);

create table accounts (
  id uuid primary key,
  number integer generated always as identity unique,
  workspace_id uuid not null references workspaces on delete cascade,
  brand_id uuid not null references brands on delete cascade,
  network text not null,
  external_id text not null,
  kind text not null,
  name text not null,
  handle text,
  profile_image_url text,
  profile_url text,
  state account_state not null,
  state_reason jsonb,                        -- a Failure: why it is expired or in error
  settings jsonb not null default '{}',      -- not secret: instanceUrl, chatId ...
  metadata jsonb not null default '{}',
  limits jsonb,                              -- the account's own, where the network tells them
  choices bytea,                             -- sealed Connected[]; only while state is choosing
  secret bytea,                              -- sealed credential
  secret_version integer not null default 1,
  refreshing_until timestamptz(3),           -- who refreshes holds this lease
  token_expires_at timestamptz(3),
  scopes text[] not null default '{}',
  is_default boolean not null default false,
  is_primary boolean not null default false,
  is_active boolean not null default true,
  buffer_profile_id text,
  connected_by uuid references users on delete set null,
  connected_at timestamptz(3) not null,
  disconnected_at timestamptz(3),
  probed_at timestamptz(3),
  -- the budget: not before this instant, and how much is left of the window, as the network last said
  blocked_until timestamptz(3),
  budget_left integer,
  budget_resets_at timestamptz(3),
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create unique index accounts_outside on accounts (workspace_id, network, external_id);
create index accounts_brand on accounts (brand_id, id);
create index accounts_expiring on accounts (token_expires_at) where state = 'active' and token_expires_at is not null;

create table oauth_states (
  state_hash bytea primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  brand_id uuid not null references brands on delete cascade,
  account_id uuid references accounts on delete cascade,     -- set: a reconnect of this account
  network text not null,
  dialect text not null,
  user_id uuid references users on delete cascade,
  redirect_url text,
  settings jsonb not null default '{}',
  secret bytea not null,                                      -- sealed {codeVerifier, appId}
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);

-- ------------------------------------------------------------------ media

create table media (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  brand_id uuid not null references brands on delete cascade,
  filename text not null,
  mime_type text not null,
  kind media_kind not null,
  bytes bigint not null check (bytes >= 0),
  sha256 bytea,
  state media_state not null,
  failure text,
  width integer,
  height integer,
  duration_ms integer,
  alt_text text,
  storage_key text not null,
  source_url text,
  upload_expires_at timestamptz(3),
  created_by uuid references users on delete set null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index media_brand on media (brand_id, id desc);
create index media_unfinished on media (created_at) where state = 'pending';

-- ------------------------------------------------------------------ planning

create table campaigns (
  id uuid primary key,
  number integer generated always as identity unique,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  description text,
  color text,
  status campaign_status not null,
  campaign_type text,
  target_platforms text[] not null default '{}',
  goals jsonb not null default '{}',
  tags text[] not null default '{}',
  start_date date,
  end_date date,
  created_by uuid references users on delete set null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index campaigns_workspace on campaigns (workspace_id, id desc);

create table labels (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  name text not null,
  color text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create unique index labels_name on labels (workspace_id, lower(name));

create table queues (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  brand_id uuid not null references brands on delete cascade,
  name text not null,
  description text,
  timezone text not null,
  is_active boolean not null default true,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index queues_workspace on queues (workspace_id, id);

create table queue_slots (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  queue_id uuid not null references queues on delete cascade,
  weekday smallint not null check (weekday between 1 and 7),   -- ISO: Monday is 1
  local_time time not null,
  targets text[] not null default '{}',                        -- network ids or account ids
  position integer not null
);
create index queue_slots_queue on queue_slots (queue_id, weekday, local_time);

create table recurrences (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  brand_id uuid not null references brands on delete cascade,
  name text not null,
  cron text not null,
  timezone text not null,
  template jsonb not null,
  target_account_ids uuid[] not null,
  auto_schedule boolean not null,
  status recurrence_status not null,
  pause_reason text,
  next_run_at timestamptz(3),
  last_run_at timestamptz(3),
  ends_at timestamptz(3),
  runs_left integer,
  skipped timestamptz(3)[] not null default '{}',
  created_by uuid references users on delete set null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index recurrences_due on recurrences (next_run_at) where status = 'active';
create index recurrences_workspace on recurrences (workspace_id, id);

-- ------------------------------------------------------------------ posts

create table posts (
  id uuid primary key,
  number integer generated always as identity unique,
  workspace_id uuid not null references workspaces on delete cascade,
  brand_id uuid not null references brands on delete cascade,
  created_by uuid references users on delete set null,
  origin text not null,                      -- the dialect that made it, or 'recurrence'
  text text not null,
  title text,
  link text,
  hashtags text[] not null default '{}',
  content_type text,
  options jsonb not null default '{}',
  media_urls text[] not null default '{}',   -- dialect A: addresses fetched while preparing
  timezone text,
  due_at timestamptz(3),                     -- what the person asked for; a draft may keep it
  status post_status not null,
  approval post_approval not null default 'none',
  content_hash bytea not null,               -- text, overrides, media and alt texts, options and targets; not the time
  approved_hash bytea,
  campaign_id uuid references campaigns on delete set null,
  recurrence_id uuid references recurrences on delete set null,
  queue_id uuid references queues on delete set null,
  version integer not null default 1,        -- ETag
  published_at timestamptz(3),               -- earliest published delivery
  buffer_post_id text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index posts_brand on posts (brand_id, id desc);
create index posts_brand_status on posts (brand_id, status, id desc);
create index posts_workspace on posts (workspace_id, id desc);
create index posts_calendar on posts (workspace_id, due_at, id) where due_at is not null;
create index posts_campaign on posts (campaign_id, id desc) where campaign_id is not null;
create unique index posts_recurrence_once on posts (recurrence_id, due_at) where recurrence_id is not null;

create table post_labels (
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  label_id uuid not null references labels on delete cascade,
  primary key (post_id, label_id)
);
create index post_labels_label on post_labels (label_id);

create table post_media (
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  media_id uuid not null references media,
  position integer not null,
  primary key (post_id, position)
);
create index post_media_media on post_media (media_id);

create table approvals (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  state approval_state not null,
  content_hash bytea not null,
  submitted_by uuid references users on delete set null,
  submitted_by_external text,
  submitted_at timestamptz(3) not null,
  decided_by uuid references users on delete set null,
  decided_by_external text,
  decided_at timestamptz(3),
  reason text
);
create unique index approvals_one_pending on approvals (post_id) where state = 'pending';
create index approvals_post on approvals (post_id, id);
create index approvals_pending on approvals (workspace_id, id) where state = 'pending';

-- ------------------------------------------------------------------ publishing

-- One row is the truth and the job. `wake_at` is when the engine should look at it next: the due time, the next try
-- after a transient failure, or the next poll of a pending write. The lease columns are set while state is publishing.
create table deliveries (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  network text not null,
  position integer not null,
  state delivery_state not null,
  due_at timestamptz(3),
  wake_at timestamptz(3),
  text text,                                 -- overrides; null means as in the post
  media_ids uuid[],
  options jsonb,
  attempt integer not null default 0,        -- fences every record of a try
  tries integer not null default 0,          -- transient failures so far; decides the backoff
  lease_owner uuid,
  lease_until timestamptz(3),
  fenced boolean not null default false,     -- the current try has sent or may have sent something visible
  checkpoint jsonb not null default '{}',    -- finished steps of prepare, and the plan of writes
  failure jsonb,                             -- a Failure, for failed, held and waiting-for-retry
  external_id text,
  url text,
  published_data jsonb,                      -- what remove and metrics need (Bluesky: the cid)
  published_at timestamptz(3),
  removed_at timestamptz(3),                 -- taken down at the network
  metrics_at timestamptz(3),                 -- when its numbers are collected next
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (post_id, account_id)
);
-- The claim: due work by account. Kept small, since settled rows leave it.
create index deliveries_due on deliveries (wake_at, id) where state = 'scheduled';
create index deliveries_lane on deliveries (account_id, wake_at, id) where state = 'scheduled';
create index deliveries_leased on deliveries (lease_until) where state = 'publishing';
create unique index deliveries_one_publishing on deliveries (account_id) where state = 'publishing';
create index deliveries_held on deliveries (account_id, due_at) where state = 'held';
create index deliveries_account on deliveries (account_id, id desc);
create index deliveries_published on deliveries (workspace_id, published_at, id) where state = 'published';
create index deliveries_metrics on deliveries (metrics_at) where metrics_at is not null;

create table attempts (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  delivery_id uuid not null references deliveries on delete cascade,
  network text not null,
  number integer not null,
  process_id uuid not null,
  started_at timestamptz(3) not null,
  finished_at timestamptz(3),
  outcome text,                              -- published, retry, held, failed, uncertain, yielded, taken_over
  failure jsonb,
  unique (delivery_id, number)
);
create index attempts_recent on attempts (network, started_at desc);

-- One visible mutation. A row exists on disk before the request leaves.
create table writes (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  delivery_id uuid not null references deliveries on delete cascade,
  attempt integer not null,
  position integer not null,
  kind text not null,
  key text not null,
  state write_state not null,
  fenced_at timestamptz(3) not null,
  answered_at timestamptz(3),
  external_id text,
  url text,
  data jsonb,
  token jsonb,                               -- of a pending write
  failure jsonb,
  absent_at timestamptz(3)                   -- when a lookup first proved it absent; the second proof counts
);
-- At most one write per position that happened or may have.
create unique index writes_once on writes (delivery_id, position) where state in ('open', 'accepted', 'pending', 'unknown');

-- What people read: the story of a delivery.
create table publish_log (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  delivery_id uuid references deliveries on delete cascade,
  action text not null,                      -- scheduled, publish_attempt, publish_success, publish_failure, retry_scheduled, held, resumed, uncertain, resolved, taken_over
  message text,
  detail jsonb not null default '{}',
  created_at timestamptz(3) not null
);
create index publish_log_post on publish_log (post_id, id);

-- ------------------------------------------------------------------ numbers

-- One snapshot of one published delivery (or, for dialect A, one record written by hand: delivery_id null). Cumulative.
create table post_metrics (
  id uuid primary key,
  number integer generated always as identity unique,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null references posts on delete cascade,
  delivery_id uuid references deliveries on delete cascade,
  platform text,
  impressions bigint, reach bigint, views bigint, likes bigint, comments bigint, shares bigint, saves bigint, clicks bigint,
  engagement_rate numeric(8, 2),
  raw jsonb not null default '{}',
  collected_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index post_metrics_post on post_metrics (post_id, collected_at desc);
create index post_metrics_delivery on post_metrics (delivery_id, collected_at desc);
create index post_metrics_workspace on post_metrics (workspace_id, id desc);

create table account_metrics (
  id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  account_id uuid not null references accounts on delete cascade,
  followers bigint, following bigint, posts bigint,
  raw jsonb not null default '{}',
  collected_at timestamptz(3) not null
);
create index account_metrics_account on account_metrics (account_id, collected_at desc);

-- ------------------------------------------------------------------ what happened

-- The one stream: audit, webhooks, notifications and live updates read it. `position` orders it.
create table events (
  id uuid primary key,
  position bigint generated always as identity unique,
  workspace_id uuid references workspaces on delete cascade,
  type text not null,                        -- resource.verb
  actor_kind text not null,
  actor_id text,
  resource_type text not null,
  resource_id text not null,
  data jsonb not null default '{}',
  ip text,
  user_agent text,
  request_id text,
  created_at timestamptz(3) not null
);
create index events_workspace on events (workspace_id, id desc);
create index events_workspace_type on events (workspace_id, type, id desc);
create index events_resource on events (resource_id, id);

create table webhook_endpoints (
  id uuid primary key,
  workspace_id uuid references workspaces on delete cascade,   -- null: the whole instance (dialect C admin)
  dialect text not null,
  url text not null,
  events text[] not null,
  secret bytea not null,                     -- sealed
  previous_secret bytea,
  previous_secret_until timestamptz(3),
  is_active boolean not null default true,
  disabled_reason text,
  failing_since timestamptz(3),
  last_triggered_at timestamptz(3),
  created_by uuid references users on delete set null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index webhook_endpoints_workspace on webhook_endpoints (workspace_id, id);

create table webhook_deliveries (
  id uuid primary key,
  workspace_id uuid references workspaces on delete cascade,
  endpoint_id uuid not null references webhook_endpoints on delete cascade,
  event_id uuid not null references events on delete cascade,
  state webhook_delivery_state not null,
  tries integer not null default 0,
  next_try_at timestamptz(3),
  response_status integer,
  response_excerpt text,
  error text,
  duration_ms integer,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, id desc);

-- ------------------------------------------------------------------ programs

create table api_keys (
  id uuid primary key,
  name text not null,
  prefix text not null,
  key_hash bytea not null unique,
  previous_hash bytea unique,
  previous_until timestamptz(3),
  tier text not null,
  workspace_ids uuid[],                      -- null: all
  permissions text[] not null default '{}',
  is_active boolean not null default true,
  last_used_at timestamptz(3),
  created_by uuid references users on delete set null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create table api_key_usage (
  api_key_id uuid not null references api_keys on delete cascade,
  day date not null,
  requests bigint not null,
  primary key (api_key_id, day)
);

create table idempotency_keys (
  scope text not null,                       -- workspace, principal, method, path
  key text not null,
  body_hash bytea not null,
  status integer,                            -- null while in flight
  headers jsonb,
  body text,
  created_at timestamptz(3) not null,
  expires_at timestamptz(3) not null,
  primary key (scope, key)
);
create index idempotency_keys_expired on idempotency_keys (expires_at);

create table buffer_configs (
  id uuid primary key,
  number integer generated always as identity unique,
  workspace_id uuid not null unique references workspaces on delete cascade,
  secret bytea not null,                     -- sealed {accessToken, refreshToken}
  secret_version integer not null default 1,
  refreshing_until timestamptz(3),
  token_expires_at timestamptz(3),
  organization_id text,
  is_active boolean not null default true,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
