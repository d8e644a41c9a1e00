"""The activity log in words: one sentence for each event in `model/logged_events.py`, made from the event alone."""

COSTS_FOLLOW = " · "
"""Stands in a sentence between what happened and what it cost."""
