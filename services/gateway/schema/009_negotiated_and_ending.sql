-- Whether the plan has a negotiated price, and when the subscription ends if somebody has scheduled its end.
ALTER TABLE plans ADD COLUMN negotiated boolean NOT NULL DEFAULT false, ADD COLUMN ends_at timestamptz;
