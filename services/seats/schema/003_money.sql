-- purchase_command, purchase_actor: the order by which an admin asked for the purchase under way, null when it is Auto-Add's.
-- unsettled_*: purchased seats whose invoice is still to come. gone: why there is no subscription any more.
ALTER TABLE ledgers
    ADD COLUMN purchase_command  uuid,
    ADD COLUMN purchase_actor  text,
    ADD COLUMN unsettled_base  integer NOT NULL DEFAULT 0,
    ADD COLUMN unsettled_voice integer NOT NULL DEFAULT 0,
    ADD COLUMN gone            text;
