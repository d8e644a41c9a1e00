-- The currency of the plan and of each invoice, as Stripe names it: usd, eur, jpy.
ALTER TABLE plans ADD COLUMN currency text NOT NULL DEFAULT 'usd';
ALTER TABLE invoices ADD COLUMN currency text NOT NULL DEFAULT 'usd';
