"""The HTTP API under /api/v1: reads what came in, calls the application, writes the answer. No rule is decided here."""
