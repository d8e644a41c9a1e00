"""Which events the activity log records, and what each of them changed."""
