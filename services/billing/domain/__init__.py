"""Billing's rules, one per file: pure functions of values, without calls, clocks or SQL."""
