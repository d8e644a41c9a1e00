-- `activated` says since when the person waited for a purchase, so nothing is kept of it. An earlier release still writes it.
alter table people alter column bought set default false;
comment on column people.bought is 'No longer used.';
comment on column people.waiting_since is 'Since when the person waits for the purchase `operation_id`.';
