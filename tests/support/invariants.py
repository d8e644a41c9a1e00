"""What holds of an agency once all is at rest, whatever happened before: in every service's tables, on the bus."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.postgres import Db
from contracts.message import Command, Event, message_class
from contracts.vocabulary import Service
from tests.support.bus import Spoken
from tests.support.journey import Journey

_STANDING = "SELECT member_id, status, role, plan_type FROM {} WHERE agency_id = $1 ORDER BY member_id"
_HELD = "SELECT member_id, seat_type FROM seats.holders WHERE agency_id = $1"
_LEFT = {
    "somebody is in line": "SELECT count(*) FROM seats.line WHERE agency_id = $1",
    "a purchase is under way": "SELECT count(purchase_id) FROM seats.ledgers WHERE agency_id = $1",
    "somebody waits for the check": "SELECT count(*) FROM members.members WHERE agency_id = $1 AND waiting",
    "an operation runs": "SELECT count(*) FROM gateway.operations WHERE agency_id = $1 AND state = 'running'",
    **{
        f"{service} has set something aside": f"SELECT count(*) FROM {service}.deferred_messages WHERE agency_id = $1"
        for service in Service
    },
    **{
        f"{service} still has to publish": f"SELECT count(*) FROM {service}.unsent JOIN {service}.outbox USING (id)"
        " WHERE agency_id = $1"
        for service in Service
    },
}


async def hold(journey: Journey, db: Db, agency_id: UUID, said: Sequence[Spoken]) -> None:
    """Raise AssertionError, with the invariant's name, unless all of them hold. `said` is what the bus had of it."""
    for what, statement in _LEFT.items():
        assert await db.fetchval(statement, agency_id) == 0, what
    standing = [tuple(row) for row in await db.fetch(_STANDING.format("members.members"), agency_id)]
    shown = [tuple(row) for row in await db.fetch(_STANDING.format("gateway.members"), agency_id)]
    assert shown == standing, "the pages show what members decided"
    active = {member_id: plan for member_id, status, _, plan in standing if status == "active"}
    assert all(plan is None for member_id, _, _, plan in standing if member_id not in active)
    assert any(role == "admin" for member_id, _, role, _ in standing if member_id in active), "an Active admin stays"
    held = {row["member_id"]: row["seat_type"] for row in await db.fetch(_HELD, agency_id)}
    assert held == active, "who is Active has a seat, and nobody else"
    await _bought(journey, db, agency_id, Counter(held.values()))
    for order in said:
        if issubclass(message_class(order.type) or Event, Command):
            _ended_once(order, said)


async def _bought(journey: Journey, db: Db, agency_id: UUID, held: Counter[str]) -> None:
    ledger = await db.fetchrow("SELECT * FROM seats.ledgers WHERE agency_id = $1", agency_id)
    account = await db.fetchrow("SELECT * FROM billing.accounts WHERE agency_id = $1", agency_id)
    assert ledger is not None
    assert account is not None
    stripes = dict(zip(("base", "voice"), await journey.stripe.quantities(account["subscription_id"]), strict=True))
    for seat_type in ("base", "voice"):
        purchased = ledger[f"purchased_{seat_type}"]
        assert ledger[f"active_{seat_type}"] == held[seat_type], "the ledger counts who holds a seat"
        assert held[seat_type] <= purchased, "active <= purchased"
        assert purchased == account[seat_type] == stripes[seat_type], "what is purchased is what Stripe has"


def _ended_once(order: Spoken, said: Sequence[Spoken]) -> None:
    """A command has one outcome; one that names none ends in nothing but a rejection."""
    model = message_class(order.type)
    assert model is not None
    ends = [event for event in said if event.type in model.outcomes and _is_about(event, order.envelope.id)]
    wanted = len(model.outcomes) > 1
    assert len(ends) == wanted, f"{order.type} ended as {[end.type for end in ends]}"


def _is_about(event: Spoken, command_id: UUID) -> bool:
    data: Any = event.data
    named = getattr(data, "command_id", None) or getattr(data, "operation_id", None)
    return str(named or event.envelope.correlation_id) == str(command_id)
