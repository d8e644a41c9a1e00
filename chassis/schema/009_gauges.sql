-- A scrape of the metrics counts what waits, and finds the oldest, without reading a whole table.
CREATE INDEX actors_parked ON actors (parked_at) WHERE parked_at IS NOT NULL;
CREATE INDEX deferred_messages_of_kind ON deferred_messages (kind, at);
CREATE INDEX tasks_failing ON tasks (kind, recorded_at) WHERE last_reason IS NOT NULL;
CREATE INDEX gaps_noted ON gaps (noted_at);
