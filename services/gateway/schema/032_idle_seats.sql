-- When an admin last reminded the member of an idle seat.
ALTER TABLE members ADD COLUMN reminded_at timestamptz;
CREATE INDEX members_unseen ON members (agency_id, last_seen_at) WHERE status = 'active';
-- Since when an admin wants the monthly mail about idle seats, and when they were last counted for it.
ALTER TABLE members ADD COLUMN idle_mail_since timestamptz;
ALTER TABLE agencies ADD COLUMN idle_mailed_at timestamptz;
CREATE INDEX members_idle_mail ON members (idle_mail_since) WHERE idle_mail_since IS NOT NULL;
