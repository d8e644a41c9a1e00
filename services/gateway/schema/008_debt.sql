-- declined: the code of the purchase that failed, and decline_code the bank's reason. owed_*: what is unpaid, null for
-- nothing; owed_amount is in the smallest unit of owed_currency. paused is the one of the two that counts now.
ALTER TABLE agencies
    ADD COLUMN declined          text,
    ADD COLUMN decline_code      text,
    ADD COLUMN owed_invoices     integer,
    ADD COLUMN owed_amount       bigint,
    ADD COLUMN owed_currency     text,
    ADD COLUMN owed_decline_code text;
