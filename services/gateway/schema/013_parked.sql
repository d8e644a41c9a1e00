-- The services that hold an agency back, because they could not handle one of its messages.
ALTER TABLE agencies ADD COLUMN parked text[] NOT NULL DEFAULT '{}';
