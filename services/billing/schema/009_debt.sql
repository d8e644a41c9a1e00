-- amount_remaining: what is still to be paid, in the smallest unit of currency. decline_code: Stripe's, of our last try
-- to charge the invoice.
ALTER TABLE invoices
    ADD COLUMN amount_remaining bigint NOT NULL DEFAULT 0,
    ADD COLUMN currency         text NOT NULL DEFAULT 'usd',
    ADD COLUMN decline_code     text;
UPDATE invoices SET amount_remaining = total - amount_paid WHERE state IN ('draft', 'open', 'uncollectible');

-- status: Stripe's word for the subscription. debt: what the agency owes, as it was published last, null for nothing.
ALTER TABLE accounts
    ADD COLUMN status text NOT NULL DEFAULT 'active',
    ADD COLUMN debt   jsonb;
