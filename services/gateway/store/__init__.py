"""All SQL statements of the gateway, one file per concern."""
