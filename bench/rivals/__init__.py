"""The journey of a first login as most would build it, three times; README.md says what each does and leaves out."""
