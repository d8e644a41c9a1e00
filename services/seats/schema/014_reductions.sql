-- renews_at: when the subscription renews, as Stripe has it. reduction_*: the reduction that waits for the renewal at
-- reduction_at: its counts (null for a seat type that it does not reduce), the command and the admin that scheduled it,
-- whether the admins know that less would be reduced, and when the last attempt began and why it was rejected.
-- purchase_renewal: the change under way is a reduction for this renewal.
ALTER TABLE ledgers
    ADD COLUMN purchase_renewal   timestamptz,
    ADD COLUMN renews_at          timestamptz,
    ADD COLUMN reduction_base     integer,
    ADD COLUMN reduction_voice    integer,
    ADD COLUMN reduction_at       timestamptz,
    ADD COLUMN reduction_command  uuid,
    ADD COLUMN reduction_actor    text,
    ADD COLUMN reduction_reported boolean NOT NULL DEFAULT false,
    ADD COLUMN reduction_tried_at timestamptz,
    ADD COLUMN reduction_code     text;
