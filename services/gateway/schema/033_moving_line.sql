-- Whether free seats go to Blocked members by themselves.
ALTER TABLE agencies ADD COLUMN moving_line boolean NOT NULL DEFAULT false;
