-- Each first login updates a person's row twice. With room on the page and no index on the status these are HOT
-- updates, so that the table does not grow and no index is written.
drop index people_admins;
create index people_admins on people (agency_id) where role = 'admin';
alter table people set (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
