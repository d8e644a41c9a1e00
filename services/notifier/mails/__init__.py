"""What each mail needs to know, and how it becomes a message. No database, no network."""
