"""Members without a seat wait in line and are served in order of arrival, each seat type for itself.

Before the account is open everybody waits, with the agency's first admin at the head of the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Actor, BlockedReason, Quantities, SeatType
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.ledger import NO_SEATS, Account, Ledger

FOUNDER = 0
"""The position of the agency's first admin. First logins come after it."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A member in line since then. `correlation_id` is the command whose end they wait for, `actor` its sender."""

    position: int
    member_id: UUID
    seat_type: SeatType
    correlation_id: UUID
    actor: Actor
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The line after a change: members who got a seat, members denied for `reason`, and `left`, who still wait."""

    ledger: Ledger
    admitted: tuple[Waiter, ...] = ()
    denied: tuple[Waiter, ...] = ()
    reason: BlockedReason | None = None
    left: tuple[Waiter, ...] = ()


def join(ledger: Ledger, waiter: Waiter) -> Ledger:
    """The ledger with this member at the end of the line."""
    return replace(
        ledger,
        waiting=ledger.waiting.plus(waiter.seat_type),
        last_position=max(ledger.last_position, waiter.position),
        waiting_since=ledger.waiting_since or waiter.since,
    )


def move(ledger: Ledger, line: Sequence[Waiter]) -> Moved:
    """Serve the line from its head while there is room, then deny the members who may not wait any longer.

    Members for whom a purchase is under way keep waiting, also if Auto-Add was switched OFF or paused since.
    """
    if ledger.account is not Account.OPEN:
        return Moved(ledger, left=tuple(line))
    room = {seat_type: ledger.room(seat_type) for seat_type in SeatType}
    admitted: list[Waiter] = []
    others: list[Waiter] = []
    for waiter in line:
        if room[waiter.seat_type] > 0:
            room[waiter.seat_type] -= 1
            admitted.append(waiter)
        else:
            others.append(waiter)
    served = replace(ledger, active=_plus(ledger.active, admitted))
    reason = why_not_wait(served)
    if reason is None:
        denied: list[Waiter] = []
    else:
        promised = served.purchase.last if served.purchase is not None else FOUNDER - 1
        denied = [waiter for waiter in others if waiter.position > promised]
        others = [waiter for waiter in others if waiter.position <= promised]
    after = waiting(served, others)
    return Moved(after, tuple(admitted), tuple(denied), reason, tuple(others))


def dismiss(ledger: Ledger, line: Sequence[Waiter], reason: BlockedReason) -> Moved:
    """Deny everyone in line for this reason."""
    return Moved(waiting(ledger, ()), denied=tuple(line), reason=reason)


def waiting(ledger: Ledger, line: Sequence[Waiter]) -> Ledger:
    """The ledger with this line. A report of the wait counts while anybody is left who waited when it was made."""
    since = min((waiter.since for waiter in line if waiter.since is not None), default=None)
    reported_at = ledger.reported_at
    is_reported = since is not None and reported_at is not None and since <= reported_at
    return replace(
        ledger,
        waiting=_plus(NO_SEATS, line),
        waiting_since=since,
        reported_at=reported_at if is_reported else None,
    )


def _plus(counts: Quantities, waiters: Sequence[Waiter]) -> Quantities:
    for seat_type in SeatType:
        counts = counts.plus(seat_type, sum(waiter.seat_type is seat_type for waiter in waiters))
    return counts
