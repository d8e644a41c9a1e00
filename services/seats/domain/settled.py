"""When the invoice budget renews, one invoice charges all unsettled seats, which then count as paid like any others."""

from __future__ import annotations

from dataclasses import replace

from contracts.vocabulary import Quantities
from services.seats.domain.ledger import Ledger


def settled(ledger: Ledger, seats: Quantities) -> Ledger:
    """The ledger after the invoice of these seats is paid."""
    left = ledger.unsettled
    for seat_type, count in seats:
        left = left.plus(seat_type, -min(count, left.of(seat_type)))
    return replace(ledger, unsettled=left)
