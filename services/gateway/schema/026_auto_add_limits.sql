-- The limits of Auto-Add, by seat type: the most seats in all, the most in a calendar month, and the most that those of a
-- month may cost a month. A limit that is null, or not there, limits nothing.
ALTER TABLE agencies ADD COLUMN auto_add_limits jsonb NOT NULL DEFAULT '{}';
