"""Faults on the real thing: processes, Kafka and Postgres. `make faults`; a short form is in `tests/live/`."""
