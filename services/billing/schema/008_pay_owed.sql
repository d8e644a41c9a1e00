-- An admin tries again after a decline: what is owed is charged to the card, as an operation of its own.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations ADD CONSTRAINT operations_kind_check
    CHECK (kind IN ('open_account', 'set_quantities', 'switch_cycle', 'settle', 'pay_owed'));
