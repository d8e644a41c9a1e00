-- When an admin last reminded the member of an idle seat.
ALTER TABLE members ADD COLUMN reminded_at timestamptz;
CREATE INDEX members_unseen ON members (agency_id, last_seen_at) WHERE status = 'active';
