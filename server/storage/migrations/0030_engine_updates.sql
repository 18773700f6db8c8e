-- A delivery is updated three times while it is published. With lease_until in no index, and room on the page, the
-- update of the fence touches no index at all (a HOT update). The few rows in state publishing are found through
-- deliveries_one_publishing.
drop index deliveries_leased;
alter table deliveries set (fillfactor = 80);

-- Bursts change a good part of these tables within seconds; their statistics should not wait for a fifth of the rows.
alter table deliveries set (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);
alter table posts set (autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);
