"""The notifier: sends people e-mails about what happened to them, one for each cause and person."""
