"""Phrases that several mails share: why a person is Blocked, why a card was declined, which seats. Pure."""
