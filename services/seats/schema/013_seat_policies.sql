-- policy_*: the policy that a seat type has of its own; null follows the switch auto_add.
ALTER TABLE ledgers
    ADD COLUMN policy_base  text,
    ADD COLUMN policy_voice text;
