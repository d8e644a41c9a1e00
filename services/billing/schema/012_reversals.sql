-- Money that went back after an invoice was made: by credit notes and by refunds, in the smallest unit of its currency,
-- and where a dispute of its payment stands.
ALTER TABLE invoices ADD COLUMN credited bigint NOT NULL DEFAULT 0, ADD COLUMN refunded bigint NOT NULL DEFAULT 0,
    ADD COLUMN dispute text;
