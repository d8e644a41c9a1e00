"""A refused change of seats or cycle says what it ran into, in figures, and the order of steps that works."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from contracts.rejections import FiguresJson
from contracts.wording import counted

Figures = FiguresJson


def below_active(figures: Figures) -> str | None:
    """How many are Active, and what works: remove members, or add seats and switch people. None without the figures."""
    used = _used(figures, "")
    if used is None:
        return None
    other = _used(figures, "other_")
    if other is not None:
        return f"You have {used} and {other}. Remove members first to free seats."
    said = f"You have {used}."
    seat, asked = str(figures["seat_type"]).capitalize(), figures.get("asked")
    add, switch, to = figures.get("add"), figures.get("switch"), figures.get("add_seat_type")
    if isinstance(add, int) and isinstance(switch, int) and isinstance(to, str):
        label = to.capitalize()
        people = "1 member" if switch == 1 else f"{switch} members"
        return (
            f"{said} To convert seats, add {counted(add, f'{label} seat')} first, then switch {people} to {label}"
            f" in Members, then reduce {seat} to {asked}."
        )
    return f"{said} Remove members first to free seats."


def _used(figures: Figures, which: str) -> str | None:
    seat_type, active = figures.get(f"{which}seat_type"), figures.get(f"{which}active")
    if not isinstance(seat_type, str) or not isinstance(active, int):
        return None
    return counted(active, f"Active {seat_type.capitalize()} member")


SUBSCRIPTION_GONE: Mapping[str, str] = {
    "subscription_canceled": "The subscription was cancelled at Stripe",
    "customer_deleted": "The account was deleted at Stripe",
}


def billing_unavailable(figures: Figures) -> str | None:
    """That there is no subscription any more, when that is why. None when Stripe is only silent."""
    gone = SUBSCRIPTION_GONE.get(str(figures.get("frozen")))
    return None if gone is None else f"{gone}, so nothing can be bought or changed. Ask support for a new subscription."


def invoice_limit(figures: Figures) -> str | None:
    """Until when Stripe makes no more invoices for the plan. None when that is not known."""
    at = _moment(figures.get("available_at"))
    if at is None:
        return None
    return f"Stripe takes no more invoices for your plan until {at:%H:%M} UTC on {at.day} {at:%B}. Try again then."


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None


_REASONS: Mapping[str, str] = {
    "insufficient_funds": "there is not enough money or credit left on it",
    "expired_card": "it has expired",
    "incorrect_cvc": "its security code is wrong",
    "card_velocity_exceeded": "it has reached its limit for now",
    "card_not_supported": "it does not allow this kind of payment",
    "transaction_not_allowed": "it does not allow this kind of payment",
    "processing_error": "the bank could not process the payment just now",
    "issuer_not_available": "the bank could not be reached",
    "try_again_later": "the bank could not process the payment just now",
}
"""Stripe asks to tell nobody that a card was reported lost or stolen ("Decline codes"): those are not here."""


def payment_declined(figures: Figures) -> str | None:
    """Why the card said no. None when the bank gave no reason that may be told."""
    why = _REASONS.get(str(figures.get("decline_code")))
    if why is None:
        return None
    return (
        f"The card was declined: {why}. Nothing was charged and nothing has changed. Open the billing portal"
        " (POST /api/v1/billing/portal-sessions), put the card right, then try again."
    )
