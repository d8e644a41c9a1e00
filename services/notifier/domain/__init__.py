"""The notifier's rules: who gets which mail, when, and how often. Pure functions of values."""
