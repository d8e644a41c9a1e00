"""Who belongs to an agency, in which status and role."""
