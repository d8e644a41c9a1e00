-- Finds a portion of an agency's admins, however many it has.
create index people_first_admins on people (agency_id, member_id) where role = 'admin';
drop index people_admins;
