-- Dialect A lists posts latest first, those without a time last: the first come from posts_calendar, read backwards, and
-- the others from here. Drafts only, so scheduling and publishing do not touch it.
create index posts_untimed on posts (workspace_id, id desc) where due_at is null;
