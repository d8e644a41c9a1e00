-- The operation of the sign-in that began a session: when members rejects it, however late, the session ends.
ALTER TABLE sessions ADD COLUMN operation_id uuid;
CREATE INDEX sessions_operation ON sessions (operation_id);
