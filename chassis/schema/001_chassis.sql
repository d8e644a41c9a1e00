-- One row an agency: the lock that makes the actor exclusive, and how far it has handled, seen and published.
-- handled: {"<sender>/<topic>": last sequence number}; seen: {"<events topic>": furthest known}; published: {"<topic>": last number}.
-- parked_at: an event of this agency failed, and all that follows waits. waiting: its rows in deferred_messages that may be taken up.
CREATE TABLE actors (
    agency_id uuid PRIMARY KEY,
    handled   jsonb NOT NULL DEFAULT '{}',
    seen      jsonb NOT NULL DEFAULT '{}',
    published jsonb NOT NULL DEFAULT '{}',
    parked_at timestamptz,
    waiting   integer NOT NULL DEFAULT 0
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

-- All that the service ever published, in order: the log from which a lost bus is replayed. Append only.
CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id  uuid NOT NULL,
    topic      text NOT NULL,
    type       text NOT NULL,
    seq        bigint NOT NULL,
    headers    text NOT NULL,
    data       text NOT NULL,
    published_at timestamptz NOT NULL
);

-- What the relay has still to publish. A replay puts ids back in here.
CREATE TABLE unsent (
    id bigint PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- What is to be done outside of any transaction; a row lives until its outcome is decided.
CREATE TABLE tasks (
    id             uuid PRIMARY KEY,
    position       bigint GENERATED ALWAYS AS IDENTITY,
    agency_id      uuid NOT NULL,
    lane           text NOT NULL,
    kind           text NOT NULL,
    key            text,
    payload        jsonb NOT NULL,
    correlation_id uuid NOT NULL,
    actor          text NOT NULL,
    recorded_at    timestamptz NOT NULL,
    run_at         timestamptz NOT NULL,
    tries          integer NOT NULL DEFAULT 0,
    unknown        boolean NOT NULL DEFAULT false,
    first_tried_at timestamptz,
    lease          uuid,
    leased_until   timestamptz,
    last_reason    text,
    UNIQUE (agency_id, key)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX tasks_lane ON tasks (agency_id, lane, position);
CREATE INDEX tasks_due ON tasks (run_at);

-- Messages that are not decided yet, or never will be. kind: ahead (its cause has not arrived), gap (an earlier number is
-- missing), parked (its agency waits for the operator), rejected (a command that failed: its sender knows, kept to look
-- at), quarantined (no agency could be read from it).
CREATE TABLE deferred_messages (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agency_id       uuid,
    kind            text NOT NULL,
    reason          text NOT NULL,
    type            text,
    topic           text NOT NULL,
    kafka_partition integer NOT NULL,
    kafka_offset    bigint NOT NULL,
    key             bytea,
    headers         bytea NOT NULL,
    value           bytea,
    at              timestamptz NOT NULL
);
CREATE INDEX deferred_messages_agency ON deferred_messages (agency_id, id);
CREATE UNIQUE INDEX deferred_messages_quarantined ON deferred_messages (topic, kafka_partition, kafka_offset) WHERE kind = 'quarantined';

-- Ids of external events that were handled, kept 30 days: those events carry no sequence number.
CREATE TABLE external_events (
    topic      text NOT NULL,
    event_id   text NOT NULL,
    handled_at timestamptz NOT NULL,
    PRIMARY KEY (topic, event_id)
);
CREATE INDEX external_events_handled_at ON external_events (handled_at);
