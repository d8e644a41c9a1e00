-- A replay has a lane of its own among the unsent: new messages pass it, and it has a rate, in messages a second (0 is a
-- pause). The index finds an agency's messages, and a range of a topic's numbers.
ALTER TABLE unsent ADD COLUMN replayed boolean NOT NULL DEFAULT false;
ALTER TABLE unsent DROP CONSTRAINT unsent_pkey;
ALTER TABLE unsent ADD PRIMARY KEY (replayed, id);
CREATE TABLE replay_rate (
    a_second integer NOT NULL CHECK (a_second >= 0)
);
INSERT INTO replay_rate VALUES (1000);
CREATE INDEX outbox_agency ON outbox (agency_id, topic, seq);
