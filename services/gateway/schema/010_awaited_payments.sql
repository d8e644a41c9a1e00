-- The change that waits for the payment of its invoice, as billing published it; at most one for each agency. event holds
-- Stripe's page of the invoice sealed.
CREATE TABLE awaited_payments (
    agency_id    uuid PRIMARY KEY,
    operation_id uuid NOT NULL,
    event        jsonb NOT NULL
);

-- awaits_payment: the operation goes on, and its change waits for the payment of its invoice.
ALTER TABLE operations ADD COLUMN awaits_payment boolean NOT NULL DEFAULT false;
