"""The gateway: requests become commands, events become a read model. It owns sign-in, and takes Stripe's webhooks."""
