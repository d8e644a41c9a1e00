-- Who is Blocked because a purchase was declined, in the order of being Blocked: they wait again once the card is changed.
CREATE TABLE unpaid (
    agency_id uuid NOT NULL,
    member_id uuid NOT NULL,
    place     bigint GENERATED ALWAYS AS IDENTITY,
    seat_type text NOT NULL,
    actor     text NOT NULL,
    PRIMARY KEY (agency_id, member_id)
);
