-- The agencies, projected from events: name, auto-join domain, seats, Auto-Add, BAA, and the size of a large change (null
-- until it is set). The head of a page reads one row.
CREATE TABLE agencies (
    agency_id       uuid PRIMARY KEY,
    name            text NOT NULL,
    domain          text NOT NULL,
    open            boolean NOT NULL DEFAULT false,
    cycle           text NOT NULL,
    locale          text NOT NULL,
    purchased_base  integer NOT NULL DEFAULT 0,
    purchased_voice integer NOT NULL DEFAULT 0,
    incoming_base   integer NOT NULL DEFAULT 0,
    incoming_voice  integer NOT NULL DEFAULT 0,
    waiting_base    integer NOT NULL DEFAULT 0,
    waiting_voice   integer NOT NULL DEFAULT 0,
    paused          text,
    auto_add        boolean NOT NULL DEFAULT false,
    baa_version     text,
    baa_signer_id   uuid,
    baa_signer_name text,
    baa_signer_title text,
    baa_signed_at   timestamptz,
    step_up_seats   integer,
    step_up_amount  bigint
) WITH (fillfactor = 70);
-- Finds the agency of an auto-join domain. Not unique: members decides which agency has a domain.
CREATE INDEX agencies_domain ON agencies (domain);

-- The members, projected from events. seat_type is the type picked, plan_type the seat held (null unless Active).
-- plain_address and plain_name are what a search looks in, sort_key is the name's place in the agency's language.
-- mail_failed is why the newest mail could not be delivered.
CREATE TABLE members (
    member_id      uuid PRIMARY KEY,
    agency_id      uuid NOT NULL,
    email          text NOT NULL,
    mailbox        text NOT NULL,
    plain_address  text NOT NULL,
    name           text NOT NULL,
    plain_name     text NOT NULL,
    sort_key       bytea NOT NULL,
    status         text NOT NULL,
    blocked_reason text,
    role           text NOT NULL,
    seat_type      text NOT NULL,
    plan_type      text,
    invited_at     timestamptz,
    first_login_at timestamptz,
    last_seen_at   timestamptz,
    mail_failed    text
) WITH (fillfactor = 70);
CREATE INDEX members_email ON members (email);
CREATE INDEX members_mailbox ON members (mailbox);
CREATE INDEX members_list ON members (agency_id, sort_key, member_id);
CREATE INDEX members_admins ON members (agency_id) WHERE role = 'admin';

-- Writes that came over HTTP. The id is the command's id, and the command's outcome sets the state. sealed is a secret
-- of the response, set to null when it is fetched. browser_hash is the browser that signed up. Kept seven days.
CREATE TABLE operations (
    id          uuid PRIMARY KEY,
    agency_id   uuid NOT NULL,
    caller      text NOT NULL,
    kind        text NOT NULL,
    fingerprint bytea NOT NULL,
    outcomes    text[] NOT NULL,
    secret      boolean NOT NULL,
    browser_hash bytea,
    state       text NOT NULL,
    outcome     text,
    code        text,
    figures     jsonb,
    member_id   uuid,
    sealed      text,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX operations_created ON operations (created_at);

-- Changes for open pages, a row per agency and batch: the members, and the parts of the agency. Kept a day.
CREATE TABLE feed (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id uuid NOT NULL,
    members   uuid[] NOT NULL,
    parts     text[] NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX feed_agency ON feed (agency_id, id);
CREATE INDEX feed_at ON feed (at);
