-- The ids of the prices that the items have, so that a price moved by hand at Stripe is noticed. Null: not known yet.
ALTER TABLE accounts ADD COLUMN base_price text, ADD COLUMN voice_price text;
-- When the subscription ends, if somebody has scheduled its end at Stripe.
ALTER TABLE accounts ADD COLUMN ends_at timestamptz;
