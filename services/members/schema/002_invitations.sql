-- invitation_*: the newest link of somebody Invited; accepted_by: the command that they wait with, once they have accepted.
ALTER TABLE members
    ADD COLUMN invitation_id         uuid,
    ADD COLUMN invitation_expires_at timestamptz,
    ADD COLUMN accepted_by           uuid;

-- What an invite may count on, per agency and seat type: purchased, waiting and frozen as seats has said; active counts
-- the members by plan_type, so that no batch has to. Narrow and apart from agencies, since every activation writes it.
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
