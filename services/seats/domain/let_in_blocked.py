"""One change of an admin buys seats and lets Blocked members in: all of them once it is made, or nobody.

Until then they stand in line, so that their seats are promised to nobody else: free seats are kept for them too. The
change is rejected as a stale quote is when it leaves somebody without a seat, or when one of them gets a seat in
another way. After a rejected change they stay Blocked as before. Those Blocked for payment wait on if Auto-Add buys
again meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts import billing_rejections
from contracts.vocabulary import BlockedReason, Quantities, SeatType, member
from services.seats.domain import line
from services.seats.domain.adjust_seats import Reject, Start
from services.seats.domain.auto_add import UNPAID, why_not_wait
from services.seats.domain.ledger import Ledger
from services.seats.domain.line import Waiter


@dataclass(frozen=True, slots=True)
class Begun:
    """The change is under way, and the members in `joined` stand at the end of the line."""

    start: Start
    joined: tuple[Waiter, ...]


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The change is over. Those in `gone` are out of the line, Blocked as before; those in `kept` wait for Auto-Add."""

    ledger: Ledger
    gone: tuple[Waiter, ...] = ()
    kept: tuple[Waiter, ...] = ()

    @property
    def unpaid(self) -> tuple[Waiter, ...]:
        """Those who are Blocked for payment again, and get in once the card is good."""
        is_paused = self.ledger.paused is not None or self.ledger.owed is not None
        return tuple(waiter for waiter in self.gone if is_paused and waiter.blocked in UNPAID)


def let_in(
    start: Start, people: Sequence[tuple[UUID, SeatType, BlockedReason]], known: Collection[UUID], now: datetime
) -> Begun | Reject:
    """Decide whether this change lets these people in. `known` hold a seat, or stand in line, already."""
    ledger, purchase, request = start.ledger, start.purchase, start.purchase.request
    if request is None or any(member_id in known for member_id, _, _ in people) or _leaves_out(ledger, people):
        return Reject(billing_rejections.QuoteStale())
    is_paused = ledger.paused is not None or ledger.owed is not None
    joined = []
    for member_id, seat_type, blocked in people:
        # A good card lets in only those who were Blocked for the pause that lasts.
        reason = blocked if is_paused or blocked not in UNPAID else BlockedReason.NO_SEAT_AVAILABLE
        position = ledger.last_position + 1
        waiter = Waiter(position, member_id, seat_type, request.command_id, member(member_id), now, reason)
        ledger = line.join(ledger, waiter)
        joined.append(waiter)
    promised = replace(purchase, last=ledger.last_position)
    return Begun(Start(replace(ledger, purchase=promised), promised), tuple(joined))


def _leaves_out(ledger: Ledger, people: Sequence[tuple[UUID, SeatType, BlockedReason]]) -> bool:
    """Whether the counts of the change are too few for the Active members, the line and these people."""
    after = Quantities() if ledger.purchase is None else ledger.purchase.after
    return any(
        after.of(seat_type) - ledger.active.of(seat_type) - ledger.waiting.of(seat_type)
        < sum(needed is seat_type for _, needed, _ in people)
        for seat_type in SeatType
    )


def withdraw(ledger: Ledger, waiters: Sequence[Waiter], *, whole: bool = True) -> Withdrawn:
    """End the wait of the Blocked members who got no seat by the change. `waiters` as for `line.move`."""
    let_in_by_admin = [waiter for waiter in waiters if waiter.blocked is not None]
    kept = tuple(
        waiter
        for waiter in let_in_by_admin
        if waiter.blocked in UNPAID and why_not_wait(ledger, waiter.seat_type) is None
    )
    gone = tuple(waiter for waiter in let_in_by_admin if waiter not in kept)
    left = [waiter for waiter in waiters if waiter not in gone]
    after = line.without(ledger, gone, left, whole=whole) if gone else ledger
    return Withdrawn(after, gone, tuple(replace(waiter, blocked=None) for waiter in kept))
