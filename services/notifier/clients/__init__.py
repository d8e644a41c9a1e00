"""The notifier's client of the outside world: a mail server."""
