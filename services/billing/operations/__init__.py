"""Billing's operations, one a file: the command handler, the task's payload, the calls to Stripe, and their result."""
