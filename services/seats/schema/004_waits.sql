-- since: when the member's wait began, whatever purchases were tried meanwhile. waiting_since: the longest wait's in line;
-- wait_reported: the admins know of it. fault: why Stripe accepts no change, while Auto-Add is paused for that.
ALTER TABLE line ADD COLUMN since timestamptz NOT NULL;
ALTER TABLE ledgers
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN wait_reported boolean NOT NULL DEFAULT false,
    ADD COLUMN fault         text;
