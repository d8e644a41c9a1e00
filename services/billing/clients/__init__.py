"""Billing's one way to the outside world."""
