-- One row per agency whose BAA is signed; only its admins may switch the billing cycle.
CREATE TABLE baas (
    agency_id uuid PRIMARY KEY
);
