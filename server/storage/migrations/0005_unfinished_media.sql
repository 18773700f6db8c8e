-- Clean-up looks for files that failed as well as for those that never arrived.
drop index media_unfinished;
create index media_unfinished on media (created_at) where state <> 'ready';
