"""The notifier: tells people by e-mail what happened to them, once per cause and person."""
