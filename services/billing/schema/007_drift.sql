-- One row for the whole account at Stripe: how far its events were listed, and how far the nightly look at all
-- subscriptions has come. swept_to: the last subscription that was looked at; sweep_ended null: it is under way.
CREATE TABLE drift (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    last_event  text,
    sweep_began timestamptz,
    sweep_ended timestamptz,
    swept_to    text,
    swept       integer NOT NULL DEFAULT 0
);
