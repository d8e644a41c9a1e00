-- limit_*: the most that Auto-Add may buy of a seat type, null for no limit; *_amount in cents a month. added_*: the seats
-- that it has bought in the month that begins at added_month (UTC). price_*: what a seat costs a month, null if not known.
-- notified_*: of what the admins were notified, 1 at 80 % of a limit, 2 at the limit.
ALTER TABLE ledgers
    ADD COLUMN limit_base_seats   integer,
    ADD COLUMN limit_base_month   integer,
    ADD COLUMN limit_base_amount  bigint,
    ADD COLUMN limit_voice_seats  integer,
    ADD COLUMN limit_voice_month  integer,
    ADD COLUMN limit_voice_amount bigint,
    ADD COLUMN added_base         integer NOT NULL DEFAULT 0,
    ADD COLUMN added_voice        integer NOT NULL DEFAULT 0,
    ADD COLUMN added_month        date,
    ADD COLUMN price_base         bigint,
    ADD COLUMN price_voice        bigint,
    ADD COLUMN price_currency     text NOT NULL DEFAULT 'usd',
    ADD COLUMN notified_base          smallint NOT NULL DEFAULT 0,
    ADD COLUMN notified_voice         smallint NOT NULL DEFAULT 0;
