-- owed_*: what the agency owes, null for nothing; owed_amount is in the smallest unit of owed_currency. decline_code:
-- Stripe's code of the declined purchase for which Auto-Add is paused; owed_decline_code: of the last try to charge.
ALTER TABLE ledgers
    ADD COLUMN owed_invoices     integer,
    ADD COLUMN owed_amount       bigint,
    ADD COLUMN owed_currency     text,
    ADD COLUMN owed_decline_code text,
    ADD COLUMN decline_code      text;

-- An unpaid invoice was a pause until now. billing publishes its amount with its next reading.
UPDATE ledgers SET owed_invoices = 1, owed_amount = 0, owed_currency = 'usd', paused = NULL WHERE paused = 'past_due';
