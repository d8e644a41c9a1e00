"""The published capacity of an agency: seats purchased, being bought and waited for, and why nothing is bought."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.payment_vocabulary import Debt
from contracts.vocabulary import FrozenReason, Quantities, RejectionCode, StripeFault
from services.seats.domain.ledger import NO_SEATS, Ledger


@dataclass(frozen=True, slots=True)
class Capacity:
    """The capacity without the Active count, which subscribers derive from the events of each member.

    `paused` is why Auto-Add buys nothing now: `past_due` while an invoice is owed, or else `declined`, the code of a
    purchase that failed.
    """

    purchased: Quantities
    incoming: Quantities
    waiting: Quantities
    paused: RejectionCode | None = None
    unsettled: Quantities = NO_SEATS
    frozen: FrozenReason | None = None
    fault: StripeFault | None = None
    declined: RejectionCode | None = None
    decline_code: str | None = None
    owed: Debt | None = None


def capacity_of(ledger: Ledger) -> Capacity:
    """The capacity of a ledger. `incoming` are the seats that the purchase under way will add."""
    incoming = NO_SEATS
    if ledger.purchase is not None:
        for seat_type, count in ledger.purchase.after:
            incoming = incoming.plus(seat_type, max(0, count - ledger.purchased.of(seat_type)))
    return Capacity(
        purchased=ledger.purchased,
        incoming=incoming,
        waiting=ledger.waiting,
        paused=ledger.paused if ledger.owed is None else RejectionCode.PAST_DUE,
        unsettled=ledger.unsettled,
        frozen=ledger.frozen,
        fault=ledger.fault,
        declined=ledger.paused,
        decline_code=ledger.decline_code,
        owed=ledger.owed,
    )
