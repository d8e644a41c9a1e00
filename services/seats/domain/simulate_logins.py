"""A dry run decides first logins and accepted invitations as they are decided when they happen, and changes nothing.

Each person is decided by the rule itself, on the ledger that the people before them would leave behind. A purchase
under way counts as made. Auto-Add's purchase is the one that it would make for everybody in line then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never
from uuid import UUID

from contracts.vocabulary import ANYONE, Quantities, SeatType
from services.seats.domain import line
from services.seats.domain.accept_invite import accept_invite
from services.seats.domain.auto_add import Buy, next_purchase
from services.seats.domain.first_login import Admit, Block, Wait, first_login
from services.seats.domain.ledger import Ledger

_NOBODY = UUID(int=0)
_PACED = timedelta(days=1)
"""The pace of purchases only puts one off, so that the dry run looks at a moment at which it has passed."""
Decision: TypeAlias = Admit | Wait | Block


@dataclass(frozen=True, slots=True)
class Entry:
    """A first login, or an accepted invitation, to this seat type."""

    seat_type: SeatType
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """The decision about each person, and the purchased seats before and after what Auto-Add would buy."""

    decisions: tuple[Decision, ...]
    before: Quantities
    after: Quantities


def simulate_logins(ledger: Ledger, entries: Sequence[Entry], now: datetime) -> Simulated:
    """Decide these people in their order."""
    if ledger.purchase is not None:
        ledger = replace(ledger, purchased=ledger.purchase.after, purchase=None)
    before, decisions = ledger.purchased, []
    for entry in entries:
        decide = accept_invite if entry.invited else first_login
        decision = decide(ledger, entry.seat_type)
        decisions.append(decision)
        match decision:
            case Admit(admitted):
                ledger = admitted
            case Wait():
                place = ledger.last_position + 1
                ledger = line.join(ledger, line.Waiter(place, _NOBODY, entry.seat_type, _NOBODY, ANYONE, now))
            case Block():
                pass
            case never:
                assert_never(never)
    bought = next_purchase(ledger, now + _PACED, _NOBODY)
    return Simulated(tuple(decisions), before, bought.purchase.after if isinstance(bought, Buy) else before)
