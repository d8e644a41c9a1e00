"""The words of a receipt: its lines from the change to what is due today, and the next invoice."""

from __future__ import annotations

SEATS = "This change, for the rest of the cycle"
SWITCH = "This switch, with the unused time credited"
EARLIER = "From earlier changes"
DISCOUNT = "Discount"
TAX = "Tax"


def discount(cents: int) -> str:
    """The label of the discount's part: it is negative off a charge, and positive where the credited seats had it."""
    return DISCOUNT if cents < 0 else "Discount taken back"


def balance(cents: int) -> str:
    """The label of the balance's part: it pays, or it owed something before."""
    return "From your balance" if cents < 0 else "Owed from earlier"


def today(cents: int, *, on_account: bool) -> str:
    """The label of the total: a charge, a credit, or an invoice to pay."""
    if cents < 0:
        return "Credited today"
    return "To be paid by invoice" if on_account else "Total today"


NEXT = "Next invoice"
FROM_CREDIT = "after your credit pays"
SAVES = "You save"
COSTS_MORE = "You pay more"
EQUAL = "The price stays the same"


def difference(delta: int) -> str:
    """The heading over what a switch of the cycle changes."""
    if not delta:
        return EQUAL
    return SAVES if delta < 0 else COSTS_MORE
