-- The agency's name at the moment of the signature: the agency may be renamed later. Null in signatures from before.
ALTER TABLE baa_signatures ADD COLUMN agency_name text;
