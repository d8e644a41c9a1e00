"""From events to the read model and the activity log."""
