-- A deleted brand keeps its row: its published posts and their numbers stay (answers 1.5).
alter table brands add column deleted_at timestamptz(3);
