-- card: the payment method that is charged. ended: why the subscription gives no seats any more. version: how many of
-- our own operations have read or changed it. plan: the plan as it was published last. hinted: invoices that an event
-- named and that have not been read since.
ALTER TABLE accounts
    ADD COLUMN card    text,
    ADD COLUMN ended   text,
    ADD COLUMN version integer NOT NULL DEFAULT 0,
    ADD COLUMN plan    jsonb,
    ADD COLUMN hinted  text[] NOT NULL DEFAULT '{}';

-- One row per invoice, as it was published last; amounts in cents. is_owed: its payment failed and it is not paid yet.
-- operation_id: the operation that made it. settles: it was made to settle pending prorations. subscription_id: the
-- subscription that it bills, an earlier one if the operator has replaced it since.
CREATE TABLE invoices (
    id              text PRIMARY KEY,
    agency_id       uuid NOT NULL,
    number          text,
    total           bigint NOT NULL,
    amount_paid     bigint NOT NULL,
    state           text NOT NULL CHECK (state IN ('draft', 'open', 'paid', 'void', 'uncollectible')),
    is_owed         boolean NOT NULL,
    created         bigint NOT NULL,
    url             text,
    pdf_url         text,
    operation_id    uuid,
    settles         boolean NOT NULL,
    subscription_id text
) WITH (fillfactor = 80);

CREATE INDEX invoices_agency ON invoices (agency_id, created);
CREATE INDEX invoices_open ON invoices (agency_id) WHERE state IN ('draft', 'open', 'uncollectible');
CREATE INDEX invoices_operation ON invoices (operation_id);
