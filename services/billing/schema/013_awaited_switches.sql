-- switch: what a switch of the cycle that waits for its payment moves, and what an undoing moves back.
ALTER TABLE operations ADD COLUMN switch jsonb;
