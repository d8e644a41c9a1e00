-- discount: what coupons took off an invoice's lines, and tax: what was added to them, in the smallest unit of its currency.
ALTER TABLE invoices ADD COLUMN discount bigint NOT NULL DEFAULT 0, ADD COLUMN tax bigint NOT NULL DEFAULT 0;
