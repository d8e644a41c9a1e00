-- purchase_command, purchase_actor: the admin's command for the purchase under way, null for a purchase of Auto-Add.
-- unsettled_*: purchased seats that no invoice has charged yet. gone: why the subscription has ended.
ALTER TABLE ledgers
    ADD COLUMN purchase_command uuid,
    ADD COLUMN purchase_actor   text,
    ADD COLUMN unsettled_base   integer NOT NULL DEFAULT 0,
    ADD COLUMN unsettled_voice  integer NOT NULL DEFAULT 0,
    ADD COLUMN gone             text;
