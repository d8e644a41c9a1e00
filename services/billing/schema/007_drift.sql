-- One row for the whole account at Stripe: how far the drift jobs have come. last_event: the last event that was listed.
-- swept_to: the last subscription that the nightly sweep has compared; sweep_ended is null while a sweep is under way.
CREATE TABLE drift (
    singleton   boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    last_event  text,
    sweep_began timestamptz,
    sweep_ended timestamptz,
    swept_to    text,
    swept       integer NOT NULL DEFAULT 0
);
