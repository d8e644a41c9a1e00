"""What an agency's month costs in rows, mails and calls, and what follows for many agencies. README: docs/scale.md."""
