"""The members service: who belongs to an agency, in which status and role."""
