-- Who is signed in. The token itself is only in the browser; here is its keyed hash.
CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    member_id  uuid NOT NULL,
    agency_id  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- Codes and links that were asked for, for known and unknown addresses alike, as keyed hashes. code_hash is null once a
-- newer code of the same browser replaced it (the link in the mail lives on). sealed: what the mail will say, until it
-- is ordered. Kept a day.
CREATE TABLE login_codes (
    id           uuid PRIMARY KEY,
    browser_hash bytea NOT NULL,
    mailbox      text NOT NULL,
    code_hash    bytea,
    link_hash    bytea NOT NULL UNIQUE,
    wrong        integer NOT NULL DEFAULT 0,
    used         boolean NOT NULL DEFAULT false,
    sealed       text,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX login_codes_browser ON login_codes (browser_hash);
CREATE INDEX login_codes_to_mail ON login_codes (created_at) WHERE sealed IS NOT NULL;
CREATE INDEX login_codes_expires ON login_codes (expires_at);

-- Wrong codes of the last day, by the keyed hash of what they count against: an address, or an agency's first logins.
CREATE TABLE guesses (
    subject bytea PRIMARY KEY,
    wrong   timestamptz[] NOT NULL DEFAULT '{}',
    touched timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Requests counted by the hour, by keyed hash of address, network or agency. Unlogged: after a crash counting starts anew.
CREATE UNLOGGED TABLE rates (
    subject bytea PRIMARY KEY,
    starts  timestamptz NOT NULL,
    count   integer NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX rates_starts ON rates (starts);
