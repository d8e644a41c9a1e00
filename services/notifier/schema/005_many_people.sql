alter table agencies add column purchase_id uuid, add column purchase_more integer;
comment on column agencies.purchase_more is
    'How many people wait for the purchase that was started last, beyond those whose rows name it.';
