"""Seats in mails: how many of which type a purchase added, and how many an invoice is for."""

from __future__ import annotations

from contracts.vocabulary import Quantities
from contracts.wording import seats_by_type


def seats_added(before: Quantities, after: Quantities) -> str:
    """1 Voice seat; 2 Base seats and 1 Voice seat. A type that did not grow is left out."""
    return seats_by_type(Quantities(after.base - before.base, after.voice - before.voice))


def seats_counted(seats: Quantities) -> str:
    """1 Voice seat; 2 Base seats and 1 Voice seat. Without any, the bare word: seats."""
    return seats_by_type(seats) or "seats"
