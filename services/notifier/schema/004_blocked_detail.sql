-- More about why a person is Blocked: the state of the agency at Stripe, or why Stripe accepts no purchase.
alter table people add column blocked_detail text;
