"""The activity log in words: one sentence for each event in `model/logged_events.py`, made from the event alone."""
