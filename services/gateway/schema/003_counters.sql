-- The agency's members by status, Active ones by seat type. Every change of a member updates the counters, so that no
-- page counts ten thousand rows.
ALTER TABLE agencies
    ADD COLUMN invited       integer NOT NULL DEFAULT 0,
    ADD COLUMN pending_login integer NOT NULL DEFAULT 0,
    ADD COLUMN active_base   integer NOT NULL DEFAULT 0,
    ADD COLUMN active_voice  integer NOT NULL DEFAULT 0,
    ADD COLUMN blocked       integer NOT NULL DEFAULT 0,
    ADD COLUMN removed       integer NOT NULL DEFAULT 0;
UPDATE agencies a SET
    invited       = n.invited,
    pending_login = n.pending_login,
    active_base   = n.active_base,
    active_voice  = n.active_voice,
    blocked       = n.blocked,
    removed       = n.removed
FROM (
    SELECT agency_id,
        count(*) FILTER (WHERE status = 'invited') AS invited,
        count(*) FILTER (WHERE status = 'pending_login') AS pending_login,
        count(*) FILTER (WHERE status = 'active' AND plan_type = 'base') AS active_base,
        count(*) FILTER (WHERE status = 'active' AND plan_type = 'voice') AS active_voice,
        count(*) FILTER (WHERE status = 'blocked') AS blocked,
        count(*) FILTER (WHERE status = 'removed') AS removed
    FROM members GROUP BY agency_id
) n
WHERE a.agency_id = n.agency_id;
