"""How amounts, counts and seats are written for people, in mails and on pages alike. Pure; standard library only."""

from __future__ import annotations

import unicodedata
from typing import assert_never

from contracts.payment_vocabulary import Lapse
from contracts.vocabulary import BillingCycle, Quantities, SeatShortage, SeatType, StripeFault

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """Text of a person or an agency, for the middle of a sentence (Unicode's bidirectional algorithm, UAX 9).

    Without the isolates a Hebrew or Arabic name reorders the words and figures around it. Other text needs none.
    """
    if text.isascii() or _RIGHT_TO_LEFT.isdisjoint(map(unicodedata.bidirectional, text)):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_DIRECTIONAL_ISOLATE}"


def stripe_fault(fault: StripeFault) -> str:
    """Why Stripe accepts no change, or why none is sent, as a sentence without its period."""
    match fault:
        case StripeFault.TAX_LOCATION:
            why = "the customer's address is missing for tax"
        case StripeFault.SCHEDULE:
            why = "a schedule at Stripe manages this subscription"
        case StripeFault.CATALOGUE:
            why = "it has no price for these seats"
        case StripeFault.MISSING:
            why = "a part of the subscription does not exist there any more"
        case StripeFault.NOT_ACCEPTED:
            why = "it does not accept our request"
        case StripeFault.ON_ACCOUNT:
            return "Stripe charges no card for this subscription, because it is on account"
        case StripeFault.PAUSED:
            return "Stripe has paused this subscription, because its trial ended without a card"
        case never:
            assert_never(never)
    return f"Stripe refuses changes: {why}"


def lapse_reason(reason: Lapse) -> str:  # noqa: PLR0911  one line a reason
    """Why a change that waited for its payment is undone, for the inside of a sentence."""
    match reason:
        case Lapse.EXPIRED:
            return "the payment was not confirmed in time"
        case Lapse.VOIDED:
            return "its invoice was voided at Stripe"
        case Lapse.WRITTEN_OFF:
            return "its invoice was written off at Stripe"
        case Lapse.REPLACED:
            return "another change at Stripe took its place"
        case Lapse.ENDED:
            return "the subscription has ended"
        case Lapse.CANCELED:
            return "an admin canceled it"
        case Lapse.UNANSWERED:
            return "Stripe did not answer for 24 hours"
        case Lapse.DECLINED:
            return "the bank did not pay its invoice"
        case never:
            assert_never(never)


def no_seat(shortage: SeatShortage, seat_type: SeatType) -> str:
    """Why no seat of this type is available, for an admin, for the inside of a sentence."""
    match shortage:
        case SeatShortage.LOWERED:
            return f"{seat_type.label} seats were lowered at Stripe, below those in use"
        case SeatShortage.OTHER_TYPE_LOWERED:
            other = SeatType.VOICE if seat_type is SeatType.BASE else SeatType.BASE
            return (
                f"no {seat_type.label} seat was free, and Auto-Add buys none while Stripe has fewer {other.label} seats"
                " than are in use"
            )
        case SeatShortage.NO_SUBSCRIPTION:
            return "the subscription has ended"
        case never:
            assert_never(never)


def not_bought(fault: StripeFault | None) -> str:
    """Why Stripe sold no seat, for an admin: it accepts no change, or it did not answer for the longest wait."""
    return "Stripe did not complete the purchase within 24 hours" if fault is None else stripe_fault(fault)


def counted(count: int, noun: str) -> str:
    """1 seat, 2 seats, 1,000 seats: the plural is the noun with an s."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def seats_by_type(seats: Quantities) -> str:
    """2 Base seats and 1 Voice seat. A type without seats is left out; the text is empty when there are none at all."""
    return " and ".join(counted(count, f"{seat_type.label} seat") for seat_type, count in seats if count > 0)


def both_types(seats: Quantities) -> str:
    """5 Base and 8 Voice. Both types are named, whatever their count."""
    return " and ".join(f"{count:,} {seat_type.label}" for seat_type, count in seats)


def cycle_change(before: BillingCycle, after: BillingCycle) -> str:
    """Monthly to annual billing, for the inside of a sentence."""
    return f"{before} to {after} billing"


def seat_change(before: Quantities, after: Quantities) -> str:
    """+2 Voice seats, -1 Base seat. Empty when nothing changes."""
    by = [(seat_type, after.of(seat_type) - count) for seat_type, count in before]
    grown = [f"+{counted(more, f'{seat_type.label} seat')}" for seat_type, more in by if more > 0]
    shrunk = [f"-{counted(-more, f'{seat_type.label} seat')}" for seat_type, more in by if more < 0]
    return ", ".join(grown + shrunk)
