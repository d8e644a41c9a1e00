-- A new version of the BAA is to be signed by then; null when the agency's signature is under the current version.
-- baa_lapsed: the earlier version's signature does not count any more.
ALTER TABLE agencies ADD COLUMN baa_sign_again_by timestamptz, ADD COLUMN baa_lapsed boolean NOT NULL DEFAULT false;
