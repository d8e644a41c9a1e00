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
-- of the same browser for the same mailbox has replaced it (the mailed link stays valid, for an hour). sealed is the
-- mail's content until the mail is commanded, mailed whether it was. network_hash: the network of the request. email is
-- the exact address that was typed: the mail goes to it, and it is what the code proves. Kept a day.
CREATE TABLE login_codes (
    id           uuid PRIMARY KEY,
    browser_hash bytea NOT NULL,
    network_hash bytea NOT NULL,
    mailbox      text NOT NULL,
    email        text NOT NULL,
    code_hash    bytea,
    link_hash    bytea NOT NULL UNIQUE,
    wrong        integer NOT NULL DEFAULT 0,
    used         boolean NOT NULL DEFAULT false,
    sealed       text,
    mailed       boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX login_codes_email ON login_codes (email, created_at);
CREATE INDEX login_codes_mailed ON login_codes (mailbox, created_at) WHERE mailed;
CREATE INDEX login_codes_live ON login_codes (browser_hash, mailbox) WHERE code_hash IS NOT NULL;
CREATE INDEX login_codes_to_mail ON login_codes (created_at) WHERE sealed IS NOT NULL;
CREATE INDEX login_codes_expires ON login_codes (expires_at);

-- The subjects that wrong codes count against, as keyed hashes: an address in unknown browsers, an address in one known
-- browser, or an agency's first logins. A try locks the rows of its subjects. told_at: when admins were last told that
-- the budget is used up. A row is deleted a day after it was touched.
CREATE TABLE guesses (
    subject bytea PRIMARY KEY,
    told_at timestamptz,
    touched timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Wrong codes, by the subject that they count against. tried_by is the keyed hash of the browser and the address: a
-- sign-in deletes its own. Kept as long as the longest budget counts.
CREATE TABLE wrong_codes (
    subject  bytea NOT NULL,
    tried_by bytea NOT NULL,
    at       timestamptz NOT NULL
);
CREATE INDEX wrong_codes_subject ON wrong_codes (subject);
CREATE INDEX wrong_codes_at ON wrong_codes (at);

-- Requests of the hour or day that ends at `until`, by the keyed hash of an address, network or agency. Unlogged: a crash
-- may lose the counts.
CREATE UNLOGGED TABLE rates (
    subject bytea PRIMARY KEY,
    until   timestamptz NOT NULL,
    count   integer NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX rates_until ON rates (until);
