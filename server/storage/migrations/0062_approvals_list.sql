-- The approvals of a workspace in every state, page by page; until now only the pending ones had an index.
create index approvals_workspace on approvals (workspace_id, id);
