-- While its first request runs, a key is held by a lease that the process renews; a killed process stops renewing.
-- request_id finds the events of that request: whether it was carried out although its answer was lost.
-- The answer is sealed, because it may hold what is shown once (an invitation link, a new API key).
alter table idempotency_keys
  add column request_id text not null default '',
  add column lease_until timestamptz(3),
  alter column body type bytea using null;
