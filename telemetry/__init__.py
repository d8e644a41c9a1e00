"""Logs, metrics and traces of a process. It knows no word of the product (tests/architecture)."""
