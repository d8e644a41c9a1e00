-- Links of invitations as keyed hashes. A row is written with the command (`ordered`) and opens when members publishes
-- the invitation. A link is then used, replaced by a newer one, or ended by a removal. Deleted a month after it
-- expires. inviter_id is the admin who invited, null for the operator.
CREATE TABLE invitations (
    id         uuid PRIMARY KEY,
    agency_id  uuid NOT NULL,
    member_id  uuid,
    inviter_id uuid,
    link_hash  bytea NOT NULL UNIQUE,
    state      text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX invitations_open ON invitations (member_id) WHERE state = 'open';
CREATE INDEX invitations_expires ON invitations (expires_at);

-- API keys as keyed hashes of their secrets. A key has the rights of the admin who made it, as far as its scopes reach,
-- and ends with them, or when it expires.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    agency_id    uuid NOT NULL,
    member_id    uuid NOT NULL,
    name         text NOT NULL,
    secret_hash  bytea NOT NULL UNIQUE,
    scopes       text[] NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX api_keys_agency ON api_keys (agency_id, id);
CREATE INDEX api_keys_member ON api_keys (member_id);

-- The last removal. A code or link from before it does not let the member in after a new invitation.
ALTER TABLE members ADD COLUMN removed_at timestamptz;
UPDATE members SET removed_at = now() WHERE status = 'removed';

-- The result of an operation: a quote, a changed plan, or each member of a bulk invitation with the rejection, if any.
ALTER TABLE operations ADD COLUMN result jsonb;
