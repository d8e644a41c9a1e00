-- The people whom one list invites, in its order, as its sender confirmed them. Each person's operation has an id from
-- key and the place in the list. Kept seven days, as the operations are.
CREATE TABLE invitation_lists (
    id         uuid PRIMARY KEY,
    agency_id  uuid NOT NULL,
    member_id  uuid NOT NULL,
    key        text NOT NULL,
    people     jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX invitation_lists_created ON invitation_lists (created_at);
