"""Postgres: pools, which faults pass, leases on its clock, and trying again. It knows no service."""
