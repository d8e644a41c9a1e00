-- Every signature of an agency's BAA: a signature under an earlier version stays readable with the text of its version.
CREATE TABLE baa_signatures (
    agency_id    uuid NOT NULL,
    version      text NOT NULL,
    signer_id    uuid NOT NULL,
    signer_name  text NOT NULL,
    signer_title text NOT NULL,
    signed_at    timestamptz NOT NULL,
    PRIMARY KEY (agency_id, version)
);
INSERT INTO baa_signatures (agency_id, version, signer_id, signer_name, signer_title, signed_at)
SELECT agency_id, baa_version, baa_signer_id, baa_signer_name, baa_signer_title, baa_signed_at
FROM agencies WHERE baa_signed_at IS NOT NULL;
