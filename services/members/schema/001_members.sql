-- One row an agency that was ever asked for. rejected: there is no such agency. The BAA's columns are set together.
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

-- Who holds which auto-join domain: one agency each. A row is the claim; an agency that is rejected has none.
CREATE TABLE domains (
    domain    text PRIMARY KEY,
    agency_id uuid NOT NULL
);
CREATE INDEX domains_agency ON domains (agency_id);

-- Everybody of an agency, in every status. seat_type is the one picked, plan_type the one held (only while active).
-- waiting: the capacity check was asked for and has not ended. mailbox is the address without case and plus-tag.
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
    PRIMARY KEY (agency_id, member_id),
    UNIQUE (agency_id, mailbox)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX members_admins ON members (agency_id) WHERE role = 'admin';
