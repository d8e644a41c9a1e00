"""Billing: the agency's account at Stripe, its seats there, and what they cost."""
