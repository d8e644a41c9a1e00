"""Every sentence that a person reads, each in one place."""
