-- The seat ledger, one row for each agency, with counts for each seat type. purchase_*: the purchase under way, made for
-- the members in line up to position purchase_last. ended_1 to ended_3: end times of the latest purchases, oldest first.
-- step_up_*: the size above which a change needs a fresh code, in seats and cents; null until the agency sets it.
CREATE TABLE ledgers (
    agency_id             uuid PRIMARY KEY,
    account               text NOT NULL,
    purchased_base        integer NOT NULL,
    purchased_voice       integer NOT NULL,
    active_base           integer NOT NULL,
    active_voice          integer NOT NULL,
    waiting_base          integer NOT NULL,
    waiting_voice         integer NOT NULL,
    last_position         bigint NOT NULL,
    purchase_id           uuid,
    purchase_before_base  integer,
    purchase_before_voice integer,
    purchase_after_base   integer,
    purchase_after_voice  integer,
    purchase_last         bigint,
    baa_signed            boolean NOT NULL,
    auto_add              boolean NOT NULL,
    paused                text,
    ended_1               timestamptz,
    ended_2               timestamptz,
    ended_3               timestamptz,
    held_until            timestamptz,
    step_up_seats         integer,
    step_up_amount        bigint
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);

-- The members in line for a seat, in order of arrival; position 0 is the agency's first admin. correlation_id is the
-- command whose end the member waits for, actor its sender. A row lives as long as the wait.
CREATE TABLE line (
    agency_id      uuid NOT NULL,
    position       bigint NOT NULL,
    member_id      uuid NOT NULL,
    seat_type      text NOT NULL,
    correlation_id uuid NOT NULL,
    actor          text NOT NULL,
    PRIMARY KEY (agency_id, position)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- The members who hold a seat, with its type. The ledger's active counts are the numbers of these rows.
CREATE TABLE holders (
    agency_id uuid NOT NULL,
    member_id uuid NOT NULL,
    seat_type text NOT NULL,
    PRIMARY KEY (agency_id, member_id)
);
