-- The reduction that waits for the renewal at reduction_at: its counts, null for a seat type that is not reduced.
ALTER TABLE agencies
    ADD COLUMN reduction_at    timestamptz,
    ADD COLUMN reduction_base  integer,
    ADD COLUMN reduction_voice integer;
