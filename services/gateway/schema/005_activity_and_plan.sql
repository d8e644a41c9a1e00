-- The activity log, a row per event that changed a member, a seat, a setting or money, in the order of handling. at is
-- when the event was published. type and data are the event's own, data without secrets; the sentence is made when the
-- row is read. costs: something was charged, credited or owed. actor as in the envelope. Never deleted.
CREATE TABLE activity (
    agency_id    uuid NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    at           timestamptz NOT NULL,
    kind         text NOT NULL,
    costs        boolean NOT NULL,
    type         text NOT NULL,
    actor        text NOT NULL,
    operation_id uuid NOT NULL,
    data         jsonb NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX activity_kind ON activity (agency_id, kind, id);
CREATE INDEX activity_actor ON activity (agency_id, actor, id);
CREATE INDEX activity_costs ON activity (agency_id, id) WHERE costs;

-- An agency's seats by UTC day: the purchased seats at the end of the day (null: as the day before), and by how much
-- the Active ones moved. Sums are the same however the events are batched or replayed.
CREATE TABLE seat_days (
    agency_id       uuid NOT NULL,
    day             date NOT NULL,
    purchased_base  integer,
    purchased_voice integer,
    active_base_by  integer NOT NULL DEFAULT 0,
    active_voice_by integer NOT NULL DEFAULT 0,
    PRIMARY KEY (agency_id, day)
) WITH (fillfactor = 70);
INSERT INTO seat_days (agency_id, day, purchased_base, purchased_voice, active_base_by, active_voice_by)
SELECT agency_id, (now() AT TIME ZONE 'UTC')::date, purchased_base, purchased_voice, active_base, active_voice
FROM agencies WHERE open;

-- The plan as billing last published it; amounts in cents. Null: not published yet.
CREATE TABLE plans (
    agency_id         uuid PRIMARY KEY,
    cycle             text NOT NULL,
    total             bigint NOT NULL,
    renews_at         timestamptz,
    payment_state     text NOT NULL DEFAULT 'ok',
    discount          bigint,
    balance           bigint,
    prices            jsonb,
    invoices_today    integer,
    invoices_renew_at timestamptz,
    others            jsonb,
    other_total       bigint
) WITH (fillfactor = 70);

-- The agency's invoices at Stripe in their newest state; amounts in cents. operation_id is the change that caused one.
CREATE TABLE invoices (
    agency_id    uuid NOT NULL,
    invoice_id   text NOT NULL,
    number       text,
    at           timestamptz NOT NULL,
    total        bigint NOT NULL,
    amount_paid  bigint NOT NULL,
    state        text NOT NULL,
    url          text,
    pdf_url      text,
    operation_id uuid,
    PRIMARY KEY (agency_id, invoice_id)
);
CREATE INDEX invoices_newest ON invoices (agency_id, at, invoice_id);

-- Seats whose invoice is still to come, and the reason while seats are frozen. fault: why Stripe accepts no change.
ALTER TABLE agencies
    ADD COLUMN unsettled_base  integer NOT NULL DEFAULT 0,
    ADD COLUMN unsettled_voice integer NOT NULL DEFAULT 0,
    ADD COLUMN frozen          text,
    ADD COLUMN fault           text;
