-- Workers take tasks of each kind in turn, so that a few of one kind never wait behind thousands of another.
CREATE INDEX tasks_of_kind_due ON tasks (kind, run_at, position);
DROP INDEX tasks_due;
