"""The actors of every service: inbox, outbox, tasks, cursors. It knows no word of the product (tests/architecture)."""
