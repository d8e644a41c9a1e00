-- One row an agency that has an account at Stripe, as last seen there. total: the plan's price a cycle, in cents.
CREATE TABLE accounts (
    agency_id       uuid PRIMARY KEY,
    customer_id     text NOT NULL UNIQUE,
    subscription_id text NOT NULL,
    base            integer NOT NULL CHECK (base >= 0),
    voice           integer NOT NULL CHECK (voice >= 0),
    cycle           text NOT NULL CHECK (cycle IN ('monthly', 'annual')),
    total           bigint NOT NULL
) WITH (fillfactor = 80);

-- One row for each change of money at Stripe that was ever asked for, and how it ended: the audit. charged: what the card
-- paid, in cents; the id is the idempotency key at Stripe and the command's id on the bus.
CREATE TABLE operations (
    id           uuid PRIMARY KEY,
    agency_id    uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('open_account', 'set_quantities')),
    state        text NOT NULL CHECK (state IN ('under_way', 'done', 'refused')),
    before_base  integer NOT NULL,
    before_voice integer NOT NULL,
    after_base   integer NOT NULL,
    after_voice  integer NOT NULL,
    began_at     timestamptz NOT NULL,
    ended_at     timestamptz,
    silence_told boolean NOT NULL DEFAULT false,
    code         text,
    charged      bigint,
    invoice_id   text
) WITH (fillfactor = 80);

CREATE INDEX operations_under_way ON operations (agency_id) WHERE state = 'under_way';
