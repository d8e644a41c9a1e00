"""The notifier's rules: whom to tell, when, and in which words. Pure."""
