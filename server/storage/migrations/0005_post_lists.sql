-- Lists of a whole workspace by status, for the dialects without brands.
create index posts_workspace_status on posts (workspace_id, status, id desc);
