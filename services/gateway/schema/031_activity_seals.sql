-- How far each agency's activity log is sealed, and by owner of the events the number of lines and the hash of them all.
CREATE TABLE activity_seals (
    agency_id uuid PRIMARY KEY,
    upto      bigint NOT NULL,
    heads     jsonb NOT NULL
);

-- Up to which change of the feed the agencies' logs were looked at: one row.
CREATE TABLE activity_sealing (
    feed_id bigint NOT NULL
);
INSERT INTO activity_sealing VALUES (0);
