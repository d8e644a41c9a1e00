-- The words, in the order of writing; none is longer than 40 characters.
CREATE TABLE words (place bigint GENERATED ALWAYS AS IDENTITY, agency_id uuid NOT NULL, word varchar(40) NOT NULL);
