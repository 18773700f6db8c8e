-- Rows that live and die with a delivery or a post need no second check against the workspace: it goes with them, and
-- the check of each row costs as much as writing an index entry.
alter table attempts drop constraint attempts_workspace_id_fkey;
alter table writes drop constraint writes_workspace_id_fkey;
alter table publish_log drop constraint publish_log_workspace_id_fkey;
