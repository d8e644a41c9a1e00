ALTER TABLE ledgers
    ADD COLUMN serving_id uuid,
    ADD COLUMN serving_last bigint,
    ADD COLUMN dismissal_reason text,
    ADD COLUMN dismissal_last bigint,
    ADD COLUMN dismissal_id uuid;
CREATE INDEX line_of_type ON line (agency_id, seat_type, position);
CREATE INDEX line_of_member ON line (agency_id, member_id);
CREATE INDEX unpaid_in_order ON unpaid (agency_id, place);
COMMENT ON COLUMN ledgers.serving_last IS
    'A long line is served in portions: members up to this position get the seats of the purchase serving_id.';
COMMENT ON COLUMN ledgers.dismissal_last IS
    'A long line is denied in portions: members up to this position are denied for dismissal_reason.';
