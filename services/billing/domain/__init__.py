"""Billing's rules, one a file."""
