-- A write whose answer is unknown is looked up at the network (answers 3.2). From `conclusive_at` on, the request that
-- sent it is over and has settled, so that a lookup may prove it absent; `looks` counts lookups that told nothing.
alter table writes
  add column conclusive_at timestamptz(3),
  add column looks integer not null default 0;
