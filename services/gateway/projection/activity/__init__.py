"""The activity log: which events make a line, and what a line shows."""
