-- An operation may also settle the prorations that earlier ones left pending.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations
    ADD CONSTRAINT operations_kind_check CHECK (kind IN ('open_account', 'set_quantities', 'switch_cycle', 'settle'));

-- pending_proration_ids: the prorations at Stripe that the operation left for a later invoice; pending_cents: their sum.
-- proration_invoice_id: the invoice that has billed them; is_settled: it is paid or void.
ALTER TABLE operations
    ADD COLUMN pending_proration_ids text[] NOT NULL DEFAULT '{}',
    ADD COLUMN pending_cents         bigint NOT NULL DEFAULT 0,
    ADD COLUMN proration_invoice_id  text,
    ADD COLUMN is_settled            boolean NOT NULL DEFAULT false;

CREATE INDEX operations_unsettled ON operations (agency_id) WHERE pending_proration_ids <> '{}' AND NOT is_settled;
