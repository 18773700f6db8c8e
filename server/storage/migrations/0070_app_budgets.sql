-- What a network last said of the budget that all accounts of one developer app share there (YouTube's project, X's and
-- Meta's app). The operator has one app per network, and the sandbox another; apps that are registered at an account's
-- own server (Mastodon) have no such budget. A handful of rows; the claim reads one by its key.
create table app_budgets (
  network text not null,
  mode workspace_mode not null,
  -- of the app that it was said of: what was said of another, set up before, holds nobody
  client_id text not null,
  budget_left integer not null,
  -- of how many; null where the network does not say
  budget_limit integer,
  resets_at timestamptz(3) not null,
  -- who used it last: when it is given anew, the round of accounts goes on after this one
  last_account_id uuid,
  primary key (network, mode)
);
