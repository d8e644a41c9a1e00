-- When the rest of a list is sent; null: nothing is left to send. The process that sends a list puts the moment off by a
-- lease, so that another takes the list up if that process dies. pause: why the rest was put off. purchase: the operation
-- that buys the list's seats, before which nobody is invited. Lists of an earlier release are sent by hand.
ALTER TABLE invitation_lists
    ADD COLUMN due_at timestamptz,
    ADD COLUMN pause text,
    ADD COLUMN purchase uuid;
CREATE INDEX invitation_lists_due ON invitation_lists (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX invitation_lists_of_sender ON invitation_lists (member_id, created_at) WHERE due_at IS NOT NULL;
