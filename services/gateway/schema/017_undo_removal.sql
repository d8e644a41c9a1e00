-- Until when the removal of a Removed member can be undone; null: it cannot.
ALTER TABLE members ADD COLUMN undo_until timestamptz;
