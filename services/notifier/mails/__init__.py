"""The mails as values, and their rendering to messages. No database, no network."""
