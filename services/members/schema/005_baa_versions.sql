-- What the agency was told last about signing again: which version of the BAA, and how urgently (requested, near, lapsed).
-- Both are null once the current version is signed.
ALTER TABLE agencies ADD COLUMN baa_request_version text, ADD COLUMN baa_request_stage text;
