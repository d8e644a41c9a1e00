-- An operation may also switch the billing cycle.
ALTER TABLE operations DROP CONSTRAINT operations_kind_check;
ALTER TABLE operations
    ADD CONSTRAINT operations_kind_check CHECK (kind IN ('open_account', 'set_quantities', 'switch_cycle'));
