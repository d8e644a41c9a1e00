"""Billing's calls to Stripe, and the only place that imports Stripe's SDK."""
