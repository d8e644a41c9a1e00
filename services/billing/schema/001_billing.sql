-- One row per agency with an account at Stripe, as it was read there last. total: the plan's price per cycle, in cents.
CREATE TABLE accounts (
    agency_id       uuid PRIMARY KEY,
    customer_id     text NOT NULL UNIQUE,
    subscription_id text NOT NULL,
    base            integer NOT NULL CHECK (base >= 0),
    voice           integer NOT NULL CHECK (voice >= 0),
    cycle           text NOT NULL CHECK (cycle IN ('monthly', 'annual')),
    total           bigint NOT NULL
) WITH (fillfactor = 80);

-- One row per operation at Stripe, kept forever as the audit. id: the idempotency key at Stripe, and the command's id on
-- the bus. charged: what the card paid, in cents. timeout_published: the admins know that Stripe does not answer.
CREATE TABLE operations (
    id                uuid PRIMARY KEY,
    agency_id         uuid NOT NULL,
    kind              text NOT NULL CHECK (kind IN ('open_account', 'set_quantities')),
    state             text NOT NULL CHECK (state IN ('under_way', 'done', 'rejected')),
    before_base       integer NOT NULL,
    before_voice      integer NOT NULL,
    after_base        integer NOT NULL,
    after_voice       integer NOT NULL,
    began_at          timestamptz NOT NULL,
    ended_at          timestamptz,
    timeout_published boolean NOT NULL DEFAULT false,
    code              text,
    charged           bigint,
    invoice_id        text
) WITH (fillfactor = 80);

CREATE INDEX operations_under_way ON operations (agency_id) WHERE state = 'under_way';
