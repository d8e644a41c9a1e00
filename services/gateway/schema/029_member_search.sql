-- Finds the members of an agency by a part of their name or address. A part of less than three letters has no trigram: its
-- search reads all of the agency's members.
-- extensions: btree_gin, pg_trgm
CREATE INDEX members_search ON members USING gin (agency_id, plain_name gin_trgm_ops, plain_address gin_trgm_ops);
