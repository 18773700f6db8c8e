-- Which registered app an account's consent was given to: refreshing and revoking need the same one, even after the
-- public address of this server, and with it the registration, has changed.
alter table accounts add column app_id uuid references network_apps on delete set null;

-- Which deliveries override their media with this file; overrides are rare, so the index is small.
create index deliveries_media on deliveries using gin (media_ids) where media_ids is not null;
