-- The members Blocked for payment, in the order of being Blocked. They wait again once the card is good.
CREATE TABLE unpaid (
    agency_id uuid NOT NULL,
    member_id uuid NOT NULL,
    place     bigint GENERATED ALWAYS AS IDENTITY,
    seat_type text NOT NULL,
    actor     text NOT NULL,
    PRIMARY KEY (agency_id, member_id)
);
