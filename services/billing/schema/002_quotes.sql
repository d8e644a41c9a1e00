-- The ids of a subscription's items, so that a quote can be requested without reading them first; null until known.
ALTER TABLE accounts ADD COLUMN base_item text, ADD COLUMN voice_item text;

-- One row per quote; id: the command's. terms: the promise and the state that it is for, null until Stripe has answered.
-- Rejected and superseded quotes are deleted at once, others one day after they expired.
CREATE TABLE quotes (
    id           uuid PRIMARY KEY,
    agency_id    uuid NOT NULL,
    session      text NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at   timestamptz,
    terms        jsonb
) WITH (fillfactor = 80);

CREATE INDEX quotes_agency ON quotes (agency_id, session) WHERE terms IS NULL;
CREATE INDEX quotes_expired ON quotes (agency_id, expires_at);
