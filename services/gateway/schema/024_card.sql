-- The payment method on file, as billing published it last: its brand, last digits and expiry.
ALTER TABLE plans ADD COLUMN card jsonb;
