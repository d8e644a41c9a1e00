-- Links that accept an invitation, as keyed hashes. A row is written with the command (`ordered`), opens when members has
-- said for whom, and is then used, replaced by a newer one, or ended by a removal. Forgotten a month after it expires.
CREATE TABLE invitations (
    id         uuid PRIMARY KEY,
    agency_id  uuid NOT NULL,
    member_id  uuid,
    link_hash  bytea NOT NULL UNIQUE,
    state      text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX invitations_open ON invitations (member_id) WHERE state = 'open';
CREATE INDEX invitations_expires ON invitations (expires_at);

-- API keys, as keyed hashes of their secrets; a key has the rights of the admin who made it, and ends with them.
CREATE TABLE api_keys (
    id           uuid PRIMARY KEY,
    agency_id    uuid NOT NULL,
    member_id    uuid NOT NULL,
    name         text NOT NULL,
    secret_hash  bytea NOT NULL UNIQUE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX api_keys_agency ON api_keys (agency_id, id);
CREATE INDEX api_keys_member ON api_keys (member_id);

-- When somebody was last removed: what they asked for before does not let them in when they come back.
ALTER TABLE members ADD COLUMN removed_at timestamptz;
UPDATE members SET removed_at = now() WHERE status = 'removed';

-- What came of an operation that is about several people: who was done, and who was not and why.
ALTER TABLE operations ADD COLUMN result jsonb;
