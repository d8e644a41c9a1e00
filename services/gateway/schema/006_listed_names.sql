-- Names are sorted without case and accents, in an order that no update of the system's languages changes: a cursor
-- stays valid.
DROP INDEX members_list;
ALTER TABLE members ALTER COLUMN sort_name TYPE text COLLATE "C";
UPDATE members SET sort_name = regexp_replace(normalize(sort_name, NFKD), '[\u0300-\u036f]', '', 'g')
    WHERE sort_name ~ '[^\x01-\x7f]';
CREATE INDEX members_list ON members (agency_id, sort_name, member_id);
CREATE INDEX members_admins ON members (agency_id) WHERE role = 'admin';
