-- When admins were last notified that the budget of a subject of wrong codes is used up.
ALTER TABLE guesses RENAME COLUMN told_at TO notified_at;
