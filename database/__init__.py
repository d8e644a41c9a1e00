"""Postgres: connection pools, transient faults and retries, and leases on the database's clock. It knows no service."""
