-- The agencies whose BAA is signed: their admins may switch the cycle.
CREATE TABLE baas (
    agency_id uuid PRIMARY KEY
);
