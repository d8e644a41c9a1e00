-- A change of the seats at Stripe that is still to be told: what it was, and what became of it so far.
alter table agencies add column elsewhere jsonb;
