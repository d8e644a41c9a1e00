"""The notifier: sends people emails about what happened to them, one for each cause and person."""
