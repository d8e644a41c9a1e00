"""Faults of real processes, Kafka, and Postgres. `make faults`; `tests/live/` has a short form."""
