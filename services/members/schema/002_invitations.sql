-- invitation_*: the newest link of an Invited member. accepted_by: the command under which they wait after accepting.
ALTER TABLE members
    ADD COLUMN invitation_id         uuid,
    ADD COLUMN invitation_expires_at timestamptz,
    ADD COLUMN accepted_by           uuid;

-- The capacity of each agency per seat type. seats publishes purchased, waiting and frozen; active is the stored count of
-- members by plan_type, so that no batch counts rows. Every activation writes this table, so it is narrow and separate.
CREATE TABLE capacities (
    agency_id       uuid PRIMARY KEY,
    purchased_base  integer NOT NULL,
    purchased_voice integer NOT NULL,
    active_base     integer NOT NULL,
    active_voice    integer NOT NULL,
    waiting_base    integer NOT NULL,
    waiting_voice   integer NOT NULL,
    frozen          text
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

INSERT INTO capacities
SELECT agency_id, 0, 0, count(*) FILTER (WHERE plan_type = 'base'), count(*) FILTER (WHERE plan_type = 'voice'), 0, 0, NULL
FROM members GROUP BY agency_id;
