-- Money of an invoice that went back, by credit notes and by refunds, and where a dispute of its payment stands.
ALTER TABLE invoices ADD COLUMN credited bigint NOT NULL DEFAULT 0, ADD COLUMN refunded bigint NOT NULL DEFAULT 0,
    ADD COLUMN dispute text;
