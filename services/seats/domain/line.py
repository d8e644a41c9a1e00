"""Members without a seat wait in line and are served in order of arrival, each seat type for itself.

Before the account is open everybody waits, with the agency's first admin at the head of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.vocabulary import Actor, BlockedReason, Quantities, SeatType
from services.seats.domain.auto_add import why_not_wait
from services.seats.domain.auto_add_limit import most_waiting
from services.seats.domain.ledger import NO_SEATS, Account, Dismissal, Ledger

PORTION = 500
"""Members of a seat type whose waits end in one transaction: a longer line is served, and denied, in portions."""
FOUNDER = 0
"""The position of the agency's first admin. First logins come after it."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A member in line since then. `correlation_id` is the command whose end they wait for, `actor` its sender.

    `blocked` is set for a Blocked member whom an admin lets in: why they are Blocked until then (`let_in_blocked.py`).
    """

    position: int
    member_id: UUID
    seat_type: SeatType
    correlation_id: UUID
    actor: Actor
    since: datetime | None = None
    blocked: BlockedReason | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The line after a change: members who got a seat, members denied for their type's reason, and `left`, who wait.

    `operation_id` is the declined purchase for which they are denied. `unfinished`: more members of a line that was not
    seen whole are to be served or denied, in a transaction of their own.
    """

    ledger: Ledger
    admitted: tuple[Waiter, ...] = ()
    denied: tuple[Waiter, ...] = ()
    reasons: Mapping[SeatType, BlockedReason] = field(default_factory=dict)
    left: tuple[Waiter, ...] = ()
    operation_id: UUID | None = None
    unfinished: bool = False


def join(ledger: Ledger, waiter: Waiter) -> Ledger:
    """The ledger with this member at the end of the line."""
    return replace(
        ledger,
        waiting=ledger.waiting.plus(waiter.seat_type),
        last_position=max(ledger.last_position, waiter.position),
        waiting_since=ledger.waiting_since or waiter.since,
    )


def move(ledger: Ledger, line: Sequence[Waiter], beyond: Sequence[Waiter] = (), *, whole: bool = True) -> Moved:
    """Serve the line from its head while there is room, then deny the members who may not wait any longer.

    Members for whom a purchase is under way keep waiting, also if Auto-Add was switched OFF or paused since, or a limit
    was lowered. `line` is the head of the line of each seat type, unless it is the `whole` line; `beyond` is the head
    of those for whom no purchase is under way. A free seat is kept for a Blocked member whom an admin lets in, until
    the change is made.
    """
    if ledger.dismissal is not None:
        return replace(_dismiss_more(ledger, ledger.dismissal, line, whole=whole), unfinished=True)
    if ledger.account is not Account.OPEN:
        return Moved(ledger, left=tuple(line))
    room = {seat_type: ledger.room(seat_type) for seat_type in SeatType}
    admitted: list[Waiter] = []
    others: list[Waiter] = []
    for waiter in line:
        is_kept = ledger.lets_in and waiter.blocked is not None
        if room[waiter.seat_type] > 0:
            room[waiter.seat_type] -= 1
            (others if is_kept else admitted).append(waiter)
        else:
            others.append(waiter)
    served = replace(ledger, active=_plus(ledger.active, admitted))
    reasons = {kind: why_not_wait(served, kind) or BlockedReason.AUTO_ADD_LIMIT for kind in SeatType}
    denied = _without_hope(served, others, beyond, reasons)
    gone = {waiter.position for waiter in denied}
    others = [waiter for waiter in others if waiter.position not in gone]
    after = without(served, (*admitted, *denied), others, whole=whole)
    unfinished = not whole and (bool(denied) or after.has_room_for_more)
    after = after if unfinished else replace(after, serving=None)
    return Moved(after, tuple(admitted), denied, reasons, tuple(others), unfinished=unfinished)


def _without_hope(
    ledger: Ledger, line: Sequence[Waiter], beyond: Sequence[Waiter], reasons: Mapping[SeatType, BlockedReason]
) -> tuple[Waiter, ...]:
    """The members for whom nothing is bought: of a seat type all, or the last to arrive, beyond Auto-Add's limits."""
    promised = ledger.purchase.last if ledger.purchase is not None else FOUNDER - 1
    hopeless: list[Waiter] = []
    for seat_type in SeatType:
        is_bought = reasons[seat_type] is BlockedReason.AUTO_ADD_LIMIT
        most = most_waiting(ledger, seat_type) if is_bought else 0
        waiters = [*line] if is_bought else [*line, *beyond]
        if most is not None:
            of_type = [waiter for waiter in waiters if waiter.seat_type is seat_type]
            hopeless += [waiter for waiter in of_type[most:] if waiter.position > promised]
    return tuple(sorted(hopeless, key=lambda waiter: waiter.position))


def dismiss(
    ledger: Ledger,
    line: Sequence[Waiter],
    reason: BlockedReason,
    operation_id: UUID | None = None,
    *,
    whole: bool = True,
) -> Moved:
    """Deny everyone in line for this reason."""
    dismissal = Dismissal(reason, ledger.last_position, operation_id)
    return _dismiss_more(replace(ledger, dismissal=dismissal), dismissal, line, whole=whole)


def _dismiss_more(ledger: Ledger, dismissal: Dismissal, line: Sequence[Waiter], *, whole: bool) -> Moved:
    denied = tuple(waiter for waiter in line if waiter.position <= dismissal.last)
    left = tuple(waiter for waiter in line if waiter.position > dismissal.last)
    after = without(ledger, denied, left, whole=whole)
    is_over = whole or not denied
    after = replace(after, dismissal=None) if is_over else after
    return Moved(after, (), denied, for_all(dismissal.reason), left, dismissal.operation_id, unfinished=not whole)


def for_all(reason: BlockedReason) -> Mapping[SeatType, BlockedReason]:
    """The reason of members who are denied for the same reason, whatever their seat type is."""
    return dict.fromkeys(SeatType, reason)


def without(ledger: Ledger, gone: Sequence[Waiter], left: Sequence[Waiter], *, whole: bool = True) -> Ledger:
    """The ledger after these members left the line. A report of the wait counts while anybody is left who waited then.

    `left` are all who still wait, or the head of them.
    """
    waiting = _plus(NO_SEATS, left) if whole else _plus(ledger.waiting, gone, -1)
    since = min((waiter.since for waiter in left if waiter.since is not None), default=None)
    types_left = {waiter.seat_type for waiter in left}
    if any(count > 0 and seat_type not in types_left for seat_type, count in waiting):
        since = ledger.waiting_since  # nobody who is left has waited longer
    reported_at = ledger.reported_at
    is_reported = since is not None and reported_at is not None and since <= reported_at
    return replace(ledger, waiting=waiting, waiting_since=since, reported_at=reported_at if is_reported else None)


def _plus(counts: Quantities, waiters: Sequence[Waiter], times: int = 1) -> Quantities:
    for seat_type in SeatType:
        counts = counts.plus(seat_type, times * sum(waiter.seat_type is seat_type for waiter in waiters))
    return counts
