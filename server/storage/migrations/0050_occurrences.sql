-- Which occurrence of its recurrence a post is. Its time may be moved since, onto the time of another one, too.
alter table posts add column occurrence_at timestamptz(3);
update posts set occurrence_at = due_at where recurrence_id is not null;
drop index posts_recurrence_once;
create unique index posts_recurrence_once on posts (recurrence_id, occurrence_at) where recurrence_id is not null;

-- The gateway's name for the user who made it (dialect D); nobody of ours.
alter table posts add column created_by_external text;
alter table accounts add column connected_by_external text;
