-- More about why a member is Blocked: the state of the agency at Stripe, or why Stripe accepts no purchase.
ALTER TABLE members ADD COLUMN blocked_detail text;
