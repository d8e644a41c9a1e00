"""How billing's tasks are performed: the calls to Stripe, outside of any transaction."""
