"""Sentences about idle seats: how many there are, what they cost, and what an admin may do about them."""

from __future__ import annotations

from contracts.amounts import money_per_cycle
from contracts.vocabulary import BillingCycle, Quantities
from contracts.wording import both_types
from services.gateway.domain.idle_seats import IdleSeats

ANY = "Seen at any time"
SEE_WHO = "See who"
NOBODY = "Everybody who holds a seat was seen in that time."
HOW = (
    "Seen: signed in here or in the extension, or reported by a program of yours. Nobody is removed automatically:"
    " remind people, or remove them and give their seats back."
)
MAIL_ME = "Email me this each month"
MAIL_NO_MORE = "Stop the monthly email"
GIVE_BACK = "See the credit for giving them back"


def filtered(days: int) -> str:
    """The filter's choice."""
    return f"Not seen for {days} days"


def summary(idle: IdleSeats, currency: str) -> str:
    """How many people have not been seen, and what their seats cost."""
    who = "1 person has" if idle.total == 1 else f"{idle.total:,} people have"
    seats = both_types(idle.seats)
    return f"{who} not been seen for {idle.days} days. Their seats, {seats}, cost {_cost(idle, currency)}."


def ahead(idle: IdleSeats, currency: str) -> str:
    """The same in short, among what lies ahead."""
    seats = "1 seat" if idle.total == 1 else f"{idle.total:,} seats"
    return f"{seats} not used for {idle.days} days, for {_cost(idle, currency)}."


def free(base: int, voice: int) -> str:
    """The free seats that can be given back."""
    return f"Free seats: {both_types(Quantities(base, voice))}."


def mailed(*, enabled: bool) -> str:
    """The mail is switched on or off."""
    if enabled:
        return "You get this by email as each month begins, when seats are idle."
    return "The monthly email about idle seats is off."


def _cost(idle: IdleSeats, currency: str) -> str:
    if idle.monthly is None:
        return "what Stripe has not said yet"
    return money_per_cycle(idle.monthly, BillingCycle.MONTHLY, currency)
