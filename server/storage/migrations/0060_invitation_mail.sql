-- An invitation that goes out by mail: the token stays sealed in its row until the mail is on its way, because jobs carry
-- ids alone; then only its hash is left.
alter table invitations
  add column mail_state text check (mail_state in ('queued', 'sent', 'failed')), -- null: the link was shown instead
  add column mail_tries integer not null default 0,
  add column sealed_token bytea;
