-- What people set for an account beyond the network's own settings: hashtags that go with every post (C25).
-- Kept apart from `settings` and `metadata`, which a reconnect replaces.
alter table accounts add column preferences jsonb not null default '{}';

-- One default per network in a workspace (C25): the account that dialects mean when they name only the network.
create unique index accounts_one_default on accounts (workspace_id, network) where is_default;

-- The accounts of a workspace, across its brands.
create index accounts_workspace on accounts (workspace_id, id);
