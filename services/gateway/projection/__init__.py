"""From events to the read model and the activity log: `table.py` shows every event with its handlers."""
