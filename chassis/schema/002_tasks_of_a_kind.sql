-- Workers take one task of each kind after another, so that a few of one kind never wait behind thousands of another.
CREATE INDEX tasks_of_kind_due ON tasks (kind, run_at, position);
DROP INDEX tasks_due;
