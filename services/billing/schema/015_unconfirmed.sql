-- confirms: the change that waits for its payment is undone when the cardholder has not confirmed it by payment_until.
ALTER TABLE operations ADD COLUMN confirms boolean NOT NULL DEFAULT false;
