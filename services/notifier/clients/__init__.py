"""Where the notifier meets the outside world: a mail server."""
