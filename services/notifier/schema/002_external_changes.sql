-- A change of the seats at Stripe that is not mailed yet, with the freeze or thaw that followed from it.
alter table agencies add column external_change jsonb;
