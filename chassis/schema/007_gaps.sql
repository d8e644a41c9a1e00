-- Streams of which an agency's messages are missing here: numbers above the cursor, up to `upto`. requested: the last
-- number that was requested. ask_at: when it is requested again, later with each of the `tries` that did not bring it.
CREATE TABLE gaps (
    agency_id uuid NOT NULL,
    sender    text NOT NULL,
    topic     text NOT NULL,
    upto      bigint NOT NULL,
    requested bigint NOT NULL DEFAULT 0,
    noted_at  timestamptz NOT NULL,
    ask_at    timestamptz NOT NULL,
    tries     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (agency_id, sender, topic)
);

-- How far the present round of the heads has come, and when its next pages are due: one row.
CREATE TABLE heads_round (
    after  uuid NOT NULL,
    due_at timestamptz NOT NULL
);
INSERT INTO heads_round VALUES ('00000000-0000-0000-0000-000000000000', '-infinity');

-- Messages that wait behind a missing number show the gap.
CREATE INDEX deferred_messages_gaps ON deferred_messages (agency_id, sender, topic, seq) WHERE kind = 'gap';
