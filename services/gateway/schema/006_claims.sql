-- The sign-ups for each Pending login, projected from events, until its first login. None of them is proven, and any may be
-- the person's. browser_hash is the keyed hash of the browser that signed up; null if this schema did not record it. A later
-- place is a later sign-up.
CREATE TABLE claims (
    place        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    member_id    uuid NOT NULL,
    agency_id    uuid NOT NULL,
    email        text NOT NULL,
    name         text NOT NULL,
    seat_type    text NOT NULL,
    browser_hash bytea
);
CREATE INDEX claims_member ON claims (member_id, place);
CREATE INDEX claims_email ON claims (email);

-- Who signs in with an exact address, in each agency: the member who has it, or the Pending login for which it signed up.
CREATE VIEW addressees AS
SELECT email, member_id, agency_id FROM members
UNION ALL
SELECT DISTINCT c.email, c.member_id, c.agency_id FROM claims c
WHERE NOT EXISTS (SELECT FROM members m WHERE m.agency_id = c.agency_id AND m.email = c.email);
