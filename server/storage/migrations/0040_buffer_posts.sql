-- What Buffer has of our posts: one row for each delivery of an account with a Buffer profile. The row of a request that
-- makes a post at Buffer is its fence. No reference to deliveries: a row outlives the delivery until Buffer has let go.
create type buffer_post_state as enum (
  'asked',   -- Buffer was asked to make it, or was about to be, and the answer is not known
  'kept',    -- Buffer has it and publishes it when it is due
  'sent'     -- Buffer says it is published
);
create table buffer_posts (
  delivery_id uuid primary key,
  workspace_id uuid not null references workspaces on delete cascade,
  post_id uuid not null,
  account_id uuid not null,
  channel_id text not null,
  organization_id text,                      -- as Buffer tells it
  state buffer_post_state not null,
  buffer_post_id text,                       -- null while asked
  content jsonb not null,                    -- what Buffer was last asked to publish
  is_content_certain boolean not null,       -- false after a change whose answer was lost
  due_at timestamptz(3),                     -- as Buffer tells it
  asked_at timestamptz(3) not null,          -- when it was asked to make it
  over_at timestamptz(3) not null,           -- by then that request has ended
  absent_at timestamptz(3),                  -- when a look first did not find what was asked for
  busy_until timestamptz(3),                 -- somebody talks to Buffer about it, at most until then
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index buffer_posts_post on buffer_posts (post_id);
create index buffer_posts_waiting on buffer_posts (workspace_id, due_at) where state = 'kept';
create index buffer_posts_asked on buffer_posts (workspace_id, channel_id) where state = 'asked';

-- The row above tells it.
alter table posts drop column buffer_post_id;

-- Buffer's rate limit, as it last told it, and when its posts were last looked at.
alter table buffer_configs
  add column blocked_until timestamptz(3),
  add column calls_left integer,
  add column calls_reset_at timestamptz(3),
  add column looked_at timestamptz(3);

-- Which accounts publish through Buffer; few, and asked for by every change of a post.
create index accounts_buffer on accounts (workspace_id) where buffer_profile_id is not null;
