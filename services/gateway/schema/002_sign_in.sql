-- Sessions. Only the browser or the program has the token; this table has its keyed hash. device and network are in words
-- for people. last_seen_at is written every two minutes at most. The longest life ends a row; `domain/session_life.py`
-- says when a session is over. proven_at is when the person last proved the address: by signing in, or by a code later.
CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    token_hash   bytea NOT NULL UNIQUE,
    member_id    uuid NOT NULL,
    agency_id    uuid NOT NULL,
    kind         text NOT NULL,
    device       text NOT NULL,
    network      text NOT NULL,
    began_at     timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    proven_at    timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_began ON sessions (began_at);

-- Browsers that have signed in to an address, as keyed hashes of their tokens. A login writes its own row.
CREATE TABLE known_browsers (
    mailbox      text NOT NULL,
    browser_hash bytea NOT NULL,
    until        timestamptz NOT NULL,
    PRIMARY KEY (mailbox, browser_hash)
);
CREATE INDEX known_browsers_until ON known_browsers (until);

-- Requested codes and links as keyed hashes, of known and unknown addresses alike. code_hash is null once a newer code
-- of the same browser for the same mailbox has replaced it (the mailed link stays valid). sealed is the mail's content until the mail is
-- commanded. email is the exact address that was typed: the mail goes to it, and it is what the code proves. Kept a day.
CREATE TABLE login_codes (
    id           uuid PRIMARY KEY,
    browser_hash bytea NOT NULL,
    mailbox      text NOT NULL,
    email        text NOT NULL,
    code_hash    bytea,
    link_hash    bytea NOT NULL UNIQUE,
    wrong        integer NOT NULL DEFAULT 0,
    used         boolean NOT NULL DEFAULT false,
    sealed       text,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX login_codes_browser ON login_codes (browser_hash, mailbox, id);
CREATE INDEX login_codes_live ON login_codes (browser_hash, mailbox) WHERE code_hash IS NOT NULL;
CREATE INDEX login_codes_to_mail ON login_codes (created_at) WHERE sealed IS NOT NULL;
CREATE INDEX login_codes_expires ON login_codes (expires_at);

-- Wrong codes of the last day, by the keyed hash of their subject: an address, or an agency's first logins.
CREATE TABLE guesses (
    subject bytea PRIMARY KEY,
    wrong   timestamptz[] NOT NULL DEFAULT '{}',
    touched timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Requests of the hour, by the keyed hash of an address, network or agency. Unlogged: a crash may lose the counts.
CREATE UNLOGGED TABLE rates (
    subject bytea PRIMARY KEY,
    starts  timestamptz NOT NULL,
    count   integer NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX rates_starts ON rates (starts);
