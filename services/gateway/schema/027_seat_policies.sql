-- The policy that each seat type has beside the switch auto_add: null follows the switch.
ALTER TABLE agencies
    ADD COLUMN policy_base  text,
    ADD COLUMN policy_voice text;
