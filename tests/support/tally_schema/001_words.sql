-- The words, in the order of writing; none is longer than 40 characters.
CREATE TABLE words (agency_id uuid NOT NULL, word varchar(40) NOT NULL);
