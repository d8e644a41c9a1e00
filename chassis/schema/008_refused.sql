-- Records that the broker refuses, whatever is tried: the first one of an agency, whose later ones wait behind it. replayed:
-- of a replay; new messages of the agency do not wait then. published: the service has published that the agency waits.
CREATE TABLE refused_records (
    agency_id  uuid NOT NULL,
    replayed   boolean NOT NULL,
    id         bigint NOT NULL,
    reason     text NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT now(),
    published  boolean NOT NULL DEFAULT false,
    PRIMARY KEY (agency_id, replayed)
);
