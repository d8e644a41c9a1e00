"""From what the application knows to the JSON bodies of the HTTP API."""
