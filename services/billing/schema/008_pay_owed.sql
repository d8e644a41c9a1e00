-- An operation may also charge an unpaid invoice, when an admin tries again after a decline.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
    CHECK (kind IN ('open_account', 'set_quantities', 'switch_cycle', 'settle', 'pay_owed'));
