-- The Blocked by name, for the panel that lets them in, and the open invitations of each seat type, which promise seats.
CREATE INDEX members_blocked ON members (agency_id, sort_key, member_id) WHERE status = 'blocked';
CREATE INDEX members_invited ON members (agency_id, seat_type) WHERE status = 'invited';
