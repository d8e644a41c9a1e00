"""What people see in a browser: forms in, the application's calls, designed pages out. No rule is decided here."""
