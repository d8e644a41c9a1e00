-- An operation may also settle what earlier ones left pending.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations
    ADD CONSTRAINT operations_kind_check CHECK (kind IN ('open_account', 'set_quantities', 'switch_cycle', 'settle'));

-- left_items: the prorations at Stripe that the operation left for a later invoice, left_cents what they come to; taken_by:
-- the invoice that has them now; is_settled: it is paid.
ALTER TABLE operations
    ADD COLUMN left_items text[] NOT NULL DEFAULT '{}',
    ADD COLUMN left_cents bigint NOT NULL DEFAULT 0,
    ADD COLUMN taken_by   text,
    ADD COLUMN is_settled boolean NOT NULL DEFAULT false;

CREATE INDEX operations_unsettled ON operations (agency_id) WHERE left_items <> '{}' AND NOT is_settled;
