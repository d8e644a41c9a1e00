-- since: when the member's wait began, whatever purchases were tried meanwhile. waiting_since: the longest wait's in line.
ALTER TABLE line ADD COLUMN since timestamptz NOT NULL;
ALTER TABLE ledgers ADD COLUMN waiting_since timestamptz;
