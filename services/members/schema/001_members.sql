-- One row for each agency that the operator tried to open. rejected: the agency does not exist. The BAA's columns are set
-- together.
CREATE TABLE agencies (
    agency_id     uuid PRIMARY KEY,
    name          text NOT NULL,
    domain        text NOT NULL,
    rejected       boolean NOT NULL DEFAULT false,
    baa_signer_id uuid,
    baa_name      text,
    baa_title     text,
    baa_version   text,
    baa_signed_at timestamptz
);

-- The agency that holds each auto-join domain. A row is a claim; a rejected agency has none.
CREATE TABLE domains (
    domain    text PRIMARY KEY,
    agency_id uuid NOT NULL
);
CREATE INDEX domains_agency ON domains (agency_id);

-- The members of each agency, in every status. seat_type is the type that the member picked, plan_type the type of the
-- seat that they hold (only while active). waiting: the capacity check has begun and not ended. email is the exact
-- address, and its owner has signed in with it if it is proven. mailbox is the address without its plus-tag. The address
-- is checked at the end of a transaction, because a batch may hand it from one member to another.
CREATE TABLE members (
    agency_id      uuid NOT NULL,
    member_id      uuid NOT NULL,
    mailbox        text NOT NULL,
    email          text NOT NULL,
    name           text NOT NULL,
    seat_type      text NOT NULL,
    role           text NOT NULL,
    status         text NOT NULL,
    waiting        boolean NOT NULL,
    plan_type      text,
    blocked_reason text,
    proven         boolean NOT NULL,
    PRIMARY KEY (agency_id, member_id),
    UNIQUE (agency_id, email) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX members_mailbox ON members (agency_id, mailbox);
CREATE INDEX members_admins ON members (agency_id) WHERE role = 'admin';
