-- The members who were erased last. A message about one of them that is still under way is handled without name and address.
ALTER TABLE actors ADD COLUMN erased uuid[] NOT NULL DEFAULT '{}';
