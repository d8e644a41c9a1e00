-- When the admins were told of the longest wait. It stands for everybody who waited then: a later wait is told of again
-- once all of them have left the line.
ALTER TABLE ledgers ADD COLUMN reported_at timestamptz;
UPDATE ledgers SET reported_at = waiting_since + interval '10 minutes' WHERE wait_reported;
ALTER TABLE ledgers DROP COLUMN wait_reported;
