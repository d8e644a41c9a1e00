-- An operation may also wait for the payment of its invoice, and another one undoes it if it is not paid.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
    CHECK (kind IN ('open_account', 'set_quantities', 'switch_cycle', 'settle', 'pay_owed', 'undo'));
ALTER TABLE operations DROP CONSTRAINT operations_state_check;
ALTER TABLE operations ADD CONSTRAINT operations_state_check
    CHECK (state IN ('under_way', 'awaits_payment', 'done', 'rejected'));

-- payment_until: when a change that waits for its payment is given up, or its invoice is due.
ALTER TABLE operations ADD COLUMN payment_until timestamptz;

CREATE INDEX operations_awaited ON operations (agency_id) WHERE state = 'awaits_payment';
