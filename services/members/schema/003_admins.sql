-- Finds the first few admins of an agency, however many it has.
CREATE INDEX members_first_admins ON members (agency_id, member_id) WHERE role = 'admin';
DROP INDEX members_admins;
