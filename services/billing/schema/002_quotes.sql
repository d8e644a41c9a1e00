-- The ids of a subscription's items, so that a quote can be asked for without reading them first; null until noted.
ALTER TABLE accounts ADD COLUMN base_item text, ADD COLUMN voice_item text;

-- One row a quote that is asked for or answered; its id is the command's. terms: what it promises and the state that it
-- was made for, null until Stripe has answered. Refused and superseded ones are deleted, others a day after their end.
CREATE TABLE quotes (
    id         uuid PRIMARY KEY,
    agency_id  uuid NOT NULL,
    session    text NOT NULL,
    asked_at   timestamptz NOT NULL,
    expires_at timestamptz,
    terms      jsonb
) WITH (fillfactor = 80);

CREATE INDEX quotes_agency ON quotes (agency_id, session) WHERE terms IS NULL;
CREATE INDEX quotes_expired ON quotes (agency_id, expires_at);
