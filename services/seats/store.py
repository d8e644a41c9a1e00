"""All SQL statements of seats, and the mapping between rows and ledgers, waiters and holders."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from chassis.actor import Inputs
from chassis.postgres import columns
from contracts.billing import (
    AccountOpened,
    AccountRejected,
    BillingCommandRejected,
    CardChanged,
    DebtChanged,
    PaymentRecovered,
    PaymentReversed,
    QuantitiesRejected,
    QuantitiesSet,
    Settled,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.members import AgencyRejected, DetailsChanged, Invited, Removed
from contracts.seats import Adjust, RetryPayment, SetAutoAdd, Swap
from contracts.vocabulary import (
    Actor,
    BlockedReason,
    Debt,
    FrozenReason,
    MemberStatus,
    Quantities,
    RejectionCode,
    SeatType,
    StripeFault,
)
from services.seats.domain.ledger import Account, AdjustRequest, Dismissal, Ledger, Purchase, Serving, StepUp
from services.seats.domain.line import FOUNDER, PORTION, Waiter
from services.seats.state import Rejoin, Seats
from services.seats.tasks import LineDue, PurchaseDue, WaitDue

_HEAD_OF_LINE = (
    AccountOpened,
    AccountRejected,
    AgencyRejected,
    BillingCommandRejected,
    CardChanged,
    DebtChanged,
    LineDue,
    PaymentRecovered,
    PaymentReversed,
    PurchaseDue,
    QuantitiesRejected,
    QuantitiesSet,
    Removed,
    RetryPayment,
    SetAutoAdd,
    Settled,
    SubscriptionChanged,
    SubscriptionEnded,
    Swap,
    WaitDue,
)
"""Messages that need the head of the line. A newcomer only joins its end: a burst of first logins reads no line."""

_MAY_RESUME = (BillingCommandRejected, CardChanged, PaymentRecovered, RetryPayment, Settled)
"""Messages that may end a pause, and so need the members Blocked for payment. A paid purchase needs them if paused."""

_LEDGER_TYPES = {
    "agency_id": "uuid",
    "account": "text",
    "purchased_base": "integer",
    "purchased_voice": "integer",
    "active_base": "integer",
    "active_voice": "integer",
    "waiting_base": "integer",
    "waiting_voice": "integer",
    "last_position": "bigint",
    "purchase_id": "uuid",
    "purchase_before_base": "integer",
    "purchase_before_voice": "integer",
    "purchase_after_base": "integer",
    "purchase_after_voice": "integer",
    "purchase_last": "bigint",
    "baa_signed": "boolean",
    "auto_add": "boolean",
    "paused": "text",
    "ended_1": "timestamptz",
    "ended_2": "timestamptz",
    "ended_3": "timestamptz",
    "held_until": "timestamptz",
    "purchase_command": "uuid",
    "purchase_actor": "text",
    "unsettled_base": "integer",
    "unsettled_voice": "integer",
    "gone": "text",
    "waiting_since": "timestamptz",
    "reported_at": "timestamptz",
    "fault": "text",
    "step_up_seats": "integer",
    "step_up_amount": "bigint",
    "purchase_awaits_payment": "boolean",
    "owed_invoices": "integer",
    "owed_amount": "bigint",
    "owed_currency": "text",
    "owed_decline_code": "text",
    "decline_code": "text",
    "purchase_quote": "uuid",
    "purchase_pays_first": "boolean",
    "serving_id": "uuid",
    "serving_last": "bigint",
    "dismissal_reason": "text",
    "dismissal_last": "bigint",
    "dismissal_id": "uuid",
    "purchase_lets_in_for": "uuid",
}
_LEDGER_COLUMNS = ", ".join(_LEDGER_TYPES)
_LEDGER_ARRAYS = ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(_LEDGER_TYPES.values(), start=1))
_LEDGER_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in _LEDGER_TYPES if name != "agency_id")

_LEDGERS = f"SELECT {_LEDGER_COLUMNS} FROM ledgers WHERE agency_id = ANY($1)"  # noqa: S608  constant columns
_SAVE_LEDGERS = f"""
INSERT INTO ledgers ({_LEDGER_COLUMNS}) SELECT * FROM unnest({_LEDGER_ARRAYS})
ON CONFLICT (agency_id) DO UPDATE SET {_LEDGER_CHANGES}
"""  # noqa: S608  as above
_LINE = """
SELECT l.*, l.place <= $3 AS at_head FROM unnest($1::uuid[], $2::bigint[]) AS a (agency_id, promised)
CROSS JOIN unnest($4::text[]) AS t (seat_type)
CROSS JOIN LATERAL (
    SELECT h.*, row_number() OVER (ORDER BY h.position) AS place FROM (
        SELECT * FROM line WHERE agency_id = a.agency_id AND seat_type = t.seat_type ORDER BY position LIMIT $3
    ) h
    UNION ALL
    SELECT b.*, $3 + 1 FROM (
        SELECT * FROM line WHERE agency_id = a.agency_id AND seat_type = t.seat_type AND position > a.promised
        ORDER BY position LIMIT $3
    ) b
) l ORDER BY l.agency_id, l.position, l.place
"""
_NAMED_IN_LINE = """
SELECT l.* FROM line l
JOIN unnest($1::uuid[], $2::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
"""
_LET_IN = "SELECT * FROM line WHERE agency_id = ANY($1) AND blocked IS NOT NULL"
_JOIN = """
INSERT INTO line (agency_id, position, member_id, seat_type, correlation_id, actor, since, blocked)
SELECT * FROM unnest(
    $1::uuid[], $2::bigint[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[])
ON CONFLICT (agency_id, position) DO UPDATE SET seat_type = excluded.seat_type, blocked = excluded.blocked
"""
_LEAVE = """
DELETE FROM line l USING unnest($1::uuid[], $2::bigint[]) AS gone (agency_id, position)
WHERE l.agency_id = gone.agency_id AND l.position = gone.position
"""
_HOLDERS = """
SELECT h.agency_id, h.member_id, h.seat_type FROM holders h
JOIN unnest($1::uuid[], $2::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
"""
_LET_GO = """
DELETE FROM holders h USING unnest($1::uuid[], $2::uuid[]) AS gone (agency_id, member_id)
WHERE h.agency_id = gone.agency_id AND h.member_id = gone.member_id
"""
_HOLD = """
INSERT INTO holders (agency_id, member_id, seat_type)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])
ON CONFLICT (agency_id, member_id) DO UPDATE SET seat_type = excluded.seat_type
"""


_UNPAID = """
SELECT u.* FROM unnest($1::uuid[]) AS a (agency_id) CROSS JOIN LATERAL (
    SELECT * FROM unpaid WHERE agency_id = a.agency_id ORDER BY place LIMIT $2
) u
UNION
SELECT u.* FROM unpaid u
JOIN unnest($3::uuid[], $4::uuid[]) AS requested (agency_id, member_id) USING (agency_id, member_id)
ORDER BY agency_id, place
"""
_COUNT_UNPAID = "SELECT agency_id, seat_type, count(*) FROM unpaid WHERE agency_id = ANY($1) GROUP BY 1, 2"
_REJOIN = """
WITH gone AS (DELETE FROM unpaid WHERE agency_id = $1 RETURNING member_id, seat_type, actor, place)
INSERT INTO line (agency_id, position, member_id, seat_type, correlation_id, actor, since)
SELECT $1, $2 + row_number() OVER (ORDER BY place), member_id, seat_type, $3, actor, $4 FROM gone
"""
_BLOCK = """
INSERT INTO unpaid (agency_id, member_id, seat_type, actor)
SELECT agency_id, member_id, seat_type, actor
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
     WITH ORDINALITY AS n (agency_id, member_id, seat_type, actor, place)
ORDER BY n.place
ON CONFLICT DO NOTHING
"""
_UNBLOCK = """
DELETE FROM unpaid u USING unnest($1::uuid[], $2::uuid[]) AS gone (agency_id, member_id)
WHERE u.agency_id = gone.agency_id AND u.member_id = gone.member_id
"""
_RETYPE = """
UPDATE unpaid u SET seat_type = corrected.seat_type
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS corrected (agency_id, member_id, seat_type)
WHERE u.agency_id = corrected.agency_id AND u.member_id = corrected.member_id
"""


class SeatsStore:
    """Loads ledgers, and the lines and holders that the batch needs; writes only changed rows."""

    def __init__(self, gather: timedelta) -> None:
        self._gather = gather

    async def load(self, db: asyncpg.Connection[Any], requested: Inputs, now: datetime) -> Mapping[UUID, Seats]:  # noqa: ARG002  nothing here depends on the time
        """The seats of each requested agency. An unknown agency has an empty ledger."""
        states = {agency_id: Seats(agency_id, Ledger(), gather=self._gather) for agency_id in requested}
        for row in await db.fetch(_LEDGERS, list(requested)):
            state = states[row["agency_id"]]
            state.ledger = state.stored = _ledger(row)
        in_view = [
            agency_id
            for agency_id, subjects in requested.items()
            if states[agency_id].ledger.someone_waits and any(_sees_the_line(subject) for subject in subjects)
        ]
        for state in states.values():
            state.is_whole = not state.ledger.someone_waits
        if in_view:
            await self._load_line(db, states, in_view, _named(in_view, requested))
        resuming = [
            agency_id for agency_id, subjects in requested.items() if _may_resume(states[agency_id].ledger, subjects)
        ]
        if resuming:
            for row in await db.fetch(_UNPAID, resuming, PORTION, *_columns_of(_named(resuming, requested))):
                states[row["agency_id"]].unpaid.append(_blocked(row))
            for row in await db.fetch(_COUNT_UNPAID, resuming):
                state, seat_type = states[row["agency_id"]], SeatType(row["seat_type"])
                seen = sum(waiter.seat_type is seat_type for waiter in state.unpaid)
                state.unpaid_rest = state.unpaid_rest.plus(seat_type, row["count"] - seen)
        named = {
            (agency_id, member_id)
            for agency_id, subjects in requested.items()
            for subject in subjects
            for member_id in _may_hold(subject)
        }
        if named:
            for row in await db.fetch(_HOLDERS, *columns(named)):
                states[row["agency_id"]].holders[row["member_id"]] = SeatType(row["seat_type"])
        return states

    async def _load_line(
        self,
        db: asyncpg.Connection[Any],
        states: Mapping[UUID, Seats],
        agencies: Sequence[UUID],
        named: Collection[tuple[UUID, UUID]],
    ) -> None:
        """Load the heads of lines, and the members in line whom messages name."""
        promised = [_promised(states[agency_id].ledger) for agency_id in agencies]
        for row in await db.fetch(_LINE, agencies, promised, PORTION, list(SeatType)):
            state = states[row["agency_id"]]
            if row["position"] not in state.stored_positions:
                (state.line if row["at_head"] else state.beyond).append(_waiter(row))
                state.stored_positions.add(row["position"])
        for state in (states[agency_id] for agency_id in agencies):
            state.is_whole = len(state.line) == sum(count for _, count in state.ledger.waiting)
        beyond = {(agency_id, member_id) for agency_id, member_id in named if not states[agency_id].is_whole}
        rows = await db.fetch(_NAMED_IN_LINE, *_columns_of(beyond)) if beyond else []
        letting_in = [id_ for id_ in agencies if states[id_].ledger.lets_in and not states[id_].is_whole]
        rows += await db.fetch(_LET_IN, letting_in) if letting_in else []
        for row in rows:
            state = states[row["agency_id"]]
            if row["position"] not in state.stored_positions:
                state.named.append(_waiter(row))
                state.stored_positions.add(row["position"])

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Seats]) -> None:
        """Write the changed rows, one statement for each table and kind of change."""
        ledgers = [_ledger_row(s.agency_id, s.ledger) for s in states if s.ledger is not s.stored]
        if ledgers:
            await db.execute(_SAVE_LEDGERS, *columns(ledgers))
        joined = [
            _waiter_row(s.agency_id, w) for s in states for w in s.in_line if w.position not in s.stored_positions
        ]
        if joined:
            await db.execute(_JOIN, *columns(joined))
        left = [(s.agency_id, position) for s in states for position in _left(s)]
        if left:
            await db.execute(_LEAVE, *columns(left))
        unblocked = [(s.agency_id, member_id) for s in states for member_id in s.unblocked]
        if unblocked:
            await db.execute(_UNBLOCK, *columns(unblocked))
        await self._rejoin(db, [(s.agency_id, s.rejoin) for s in states if s.rejoin is not None])
        blocked = [(s.agency_id, w.member_id, w.seat_type, str(w.actor)) for s in states for w in s.blocked.values()]
        if blocked:
            await db.execute(_BLOCK, *columns(blocked))
        retyped = [(s.agency_id, *corrected) for s in states for corrected in s.retyped.items()]
        if retyped:
            await db.execute(_RETYPE, *columns(retyped))
        released = [(s.agency_id, member_id) for s in states for member_id in s.released]
        if released:
            await db.execute(_LET_GO, *columns(released))
        seated = [(s.agency_id, *holder) for s in states for holder in s.seated.items()]
        if seated:
            await db.execute(_HOLD, *columns(seated))

    async def _rejoin(self, db: asyncpg.Connection[Any], rejoining: Sequence[tuple[UUID, Rejoin]]) -> None:
        """Put all members Blocked for payment in line, in order, in one statement for each agency."""
        for agency_id, rejoin in rejoining:
            if rejoin.blocked:
                rows = [(agency_id, w.member_id, w.seat_type, str(w.actor)) for w in rejoin.blocked]
                await db.execute(_BLOCK, *columns(rows))
            await db.execute(_REJOIN, agency_id, rejoin.after, rejoin.correlation_id, rejoin.since)


def _promised(ledger: Ledger) -> int:
    """The position up to which a purchase is under way for the members in line."""
    return ledger.purchase.last if ledger.purchase is not None else FOUNDER - 1


def _named(agencies: Collection[UUID], requested: Inputs) -> set[tuple[UUID, UUID]]:
    """The members of these agencies whom messages name."""
    return {
        (agency_id, subject.member_id)
        for agency_id in agencies
        for subject in requested[agency_id]
        if isinstance(subject, Removed | DetailsChanged | Invited)
    } | {
        (agency_id, blocked.member_id)
        for agency_id in agencies
        for subject in requested[agency_id]
        if isinstance(subject, Adjust)
        for blocked in subject.let_in
    }


def _columns_of(pairs: Collection[tuple[UUID, UUID]]) -> tuple[list[UUID], list[UUID]]:
    return [agency_id for agency_id, _ in pairs], [member_id for _, member_id in pairs]


def _sees_the_line(subject: object) -> bool:
    lets_in = isinstance(subject, Adjust) and bool(subject.let_in)
    return lets_in or isinstance(subject, _HEAD_OF_LINE) or _invites_anew(subject) or _retypes(subject)


def _retypes(subject: object) -> bool:
    """Whether a message corrects a seat type. Other corrections change nothing here."""
    return isinstance(subject, DetailsChanged) and subject.before.seat_type is not subject.seat_type


def _invites_anew(subject: object) -> bool:
    """Whether a message re-invites a Blocked member. Other invites change nothing here."""
    return isinstance(subject, Invited) and subject.before is MemberStatus.BLOCKED


def _may_hold(subject: object) -> Iterator[UUID]:
    """The members whose seat a message may take or exchange."""
    if isinstance(subject, Removed | Swap) or (isinstance(subject, Invited) and _invites_anew(subject)):
        yield subject.member_id
    elif isinstance(subject, Adjust):
        yield from (blocked.member_id for blocked in subject.let_in)


def _may_resume(ledger: Ledger, subjects: Sequence[object]) -> bool:
    return any(
        isinstance(subject, _MAY_RESUME) or (isinstance(subject, QuantitiesSet) and ledger.paused is not None)
        for subject in subjects
    )


def _left(state: Seats) -> set[int]:
    return state.stored_positions - {waiter.position for waiter in state.in_line}


def _waiter(row: asyncpg.Record) -> Waiter:
    return Waiter(
        position=row["position"],
        member_id=row["member_id"],
        seat_type=SeatType(row["seat_type"]),
        correlation_id=row["correlation_id"],
        actor=Actor.parse(row["actor"]),
        since=row["since"],
        blocked=BlockedReason(row["blocked"]) if row["blocked"] is not None else None,
    )


def _blocked(row: asyncpg.Record) -> Waiter:
    seat_type, actor = SeatType(row["seat_type"]), Actor.parse(row["actor"])
    return Waiter(position=0, member_id=row["member_id"], seat_type=seat_type, correlation_id=UUID(int=0), actor=actor)


def _waiter_row(agency_id: UUID, w: Waiter) -> tuple[object, ...]:
    return (agency_id, w.position, w.member_id, w.seat_type, w.correlation_id, str(w.actor), w.since, w.blocked)


def _ledger(row: asyncpg.Record) -> Ledger:
    purchase = None
    if row["purchase_id"] is not None:
        purchase = Purchase(
            operation_id=row["purchase_id"],
            before=Quantities(row["purchase_before_base"], row["purchase_before_voice"]),
            after=Quantities(row["purchase_after_base"], row["purchase_after_voice"]),
            last=row["purchase_last"],
            request=_adjust_request(row),
            awaits_payment=row["purchase_awaits_payment"],
        )
    ended = (row["ended_1"], row["ended_2"], row["ended_3"])
    return Ledger(
        account=Account(row["account"]),
        purchased=Quantities(row["purchased_base"], row["purchased_voice"]),
        active=Quantities(row["active_base"], row["active_voice"]),
        waiting=Quantities(row["waiting_base"], row["waiting_voice"]),
        last_position=row["last_position"],
        purchase=purchase,
        baa_signed=row["baa_signed"],
        auto_add=row["auto_add"],
        paused=RejectionCode(row["paused"]) if row["paused"] is not None else None,
        ended=tuple(end for end in ended if end is not None),
        held_until=row["held_until"],
        unsettled=Quantities(row["unsettled_base"], row["unsettled_voice"]),
        gone=FrozenReason(row["gone"]) if row["gone"] is not None else None,
        waiting_since=row["waiting_since"],
        reported_at=row["reported_at"],
        fault=StripeFault(row["fault"]) if row["fault"] is not None else None,
        step_up=StepUp(row["step_up_seats"], row["step_up_amount"]) if row["step_up_seats"] is not None else None,
        owed=_owed(row),
        decline_code=row["decline_code"],
        serving=Serving(row["serving_id"], row["serving_last"]) if row["serving_id"] is not None else None,
        dismissal=_dismissal(row),
    )


def _dismissal(row: asyncpg.Record) -> Dismissal | None:
    if row["dismissal_reason"] is None:
        return None
    return Dismissal(BlockedReason(row["dismissal_reason"]), row["dismissal_last"], row["dismissal_id"])


def _owed(row: asyncpg.Record) -> Debt | None:
    if row["owed_invoices"] is None:
        return None
    return Debt(row["owed_invoices"], row["owed_amount"], row["owed_currency"], row["owed_decline_code"])


def _adjust_request(row: asyncpg.Record) -> AdjustRequest | None:
    command = row["purchase_command"]
    if command is None:
        return None
    actor = Actor.parse(row["purchase_actor"])
    return AdjustRequest(command, actor, row["purchase_quote"], row["purchase_pays_first"], row["purchase_lets_in_for"])


def _ledger_row(agency_id: UUID, ledger: Ledger) -> tuple[object, ...]:
    purchase = ledger.purchase
    request = purchase.request if purchase is not None else None
    ended: tuple[datetime | None, ...] = (*ledger.ended, None, None, None)
    return (
        agency_id,
        ledger.account,
        ledger.purchased.base,
        ledger.purchased.voice,
        ledger.active.base,
        ledger.active.voice,
        ledger.waiting.base,
        ledger.waiting.voice,
        ledger.last_position,
        purchase.operation_id if purchase is not None else None,
        purchase.before.base if purchase is not None else None,
        purchase.before.voice if purchase is not None else None,
        purchase.after.base if purchase is not None else None,
        purchase.after.voice if purchase is not None else None,
        purchase.last if purchase is not None else None,
        ledger.baa_signed,
        ledger.auto_add,
        ledger.paused,
        *ended[:3],
        ledger.held_until,
        request.command_id if request is not None else None,
        str(request.actor) if request is not None else None,
        ledger.unsettled.base,
        ledger.unsettled.voice,
        ledger.gone,
        ledger.waiting_since,
        ledger.reported_at,
        ledger.fault,
        ledger.step_up.seats if ledger.step_up is not None else None,
        ledger.step_up.amount if ledger.step_up is not None else None,
        ledger.awaits_payment,
        ledger.owed.invoices if ledger.owed is not None else None,
        ledger.owed.amount if ledger.owed is not None else None,
        ledger.owed.currency if ledger.owed is not None else None,
        ledger.owed.decline_code if ledger.owed is not None else None,
        ledger.decline_code,
        request.quote_id if request is not None else None,
        request is not None and request.pays_first,
        ledger.serving.operation_id if ledger.serving is not None else None,
        ledger.serving.last if ledger.serving is not None else None,
        ledger.dismissal.reason if ledger.dismissal is not None else None,
        ledger.dismissal.last if ledger.dismissal is not None else None,
        ledger.dismissal.operation_id if ledger.dismissal is not None else None,
        request.lets_in_for if request is not None else None,
    )
