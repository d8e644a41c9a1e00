-- The trace that a task belongs to, as its message's header traceparent: its calls go on in it.
ALTER TABLE tasks ADD COLUMN traceparent text;
