-- Blocked members in order of arrival, and whether free seats go to them by themselves.
ALTER TABLE agencies ADD COLUMN moving_line boolean NOT NULL DEFAULT false;
ALTER TABLE capacities ADD COLUMN last_blocked bigint NOT NULL DEFAULT 0;
ALTER TABLE members
    ADD COLUMN blocked_place bigint,
    ADD COLUMN seat_offered  boolean NOT NULL DEFAULT false;
-- Whoever is Blocked already came before everybody who will be.
UPDATE members SET blocked_place = 0 WHERE status = 'blocked';
CREATE INDEX members_blocked ON members (agency_id, seat_type, blocked_place, member_id) WHERE status = 'blocked';
