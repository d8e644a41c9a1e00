-- The removal of a member who was Active, while it can be undone or not: when, and the type of the seat that they held.
-- undone_by: the command under which the member waits for a seat, to be Active again.
ALTER TABLE members
    ADD COLUMN removed_at        timestamptz,
    ADD COLUMN removed_seat_type text,
    ADD COLUMN undone_by         uuid;
