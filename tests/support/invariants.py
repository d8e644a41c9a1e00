"""The invariants of one agency at rest: they compare every service's tables, the bus, and Stripe."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.message import Command, Event, message_class
from contracts.vocabulary import Service
from database.postgres import Db
from tests.support.bus import PublishedMessage
from tests.support.journey import Journey

_MEMBERS = "SELECT member_id, status, role, plan_type FROM {} WHERE agency_id = $1 ORDER BY member_id"
_HOLDERS = "SELECT member_id, seat_type FROM seats.holders WHERE agency_id = $1"
_MUST_BE_EMPTY = {
    "a member waits for a purchase": "SELECT count(*) FROM seats.line WHERE agency_id = $1",
    "a purchase is under way": "SELECT count(purchase_id) FROM seats.ledgers WHERE agency_id = $1",
    "a member waits for seats to decide": "SELECT count(*) FROM members.members WHERE agency_id = $1 AND waiting",
    "an operation runs": "SELECT count(*) FROM gateway.operations WHERE agency_id = $1 AND state = 'running'",
    **{
        f"{service} has deferred messages": f"SELECT count(*) FROM {service}.deferred_messages WHERE agency_id = $1"
        for service in Service
    },
    **{
        f"{service} has undelivered messages": f"SELECT count(*) FROM {service}.unsent JOIN {service}.outbox USING (id)"
        " WHERE agency_id = $1"
        for service in Service
    },
}


async def check(journey: Journey, db: Db, agency_id: UUID, messages: Sequence[PublishedMessage]) -> None:
    """Raise AssertionError with the invariant's name unless all invariants hold.

    `messages` are the agency's messages on the bus.
    """
    for what, statement in _MUST_BE_EMPTY.items():
        assert await db.fetchval(statement, agency_id) == 0, what
    decided = [tuple(row) for row in await db.fetch(_MEMBERS.format("members.members"), agency_id)]
    shown = [tuple(row) for row in await db.fetch(_MEMBERS.format("gateway.members"), agency_id)]
    assert shown == decided, "the read model has the members that the service members has"
    active = {member_id: plan for member_id, status, _, plan in decided if status == "active"}
    assert all(plan is None for member_id, _, _, plan in decided if member_id not in active)
    assert any(role == "admin" for member_id, _, role, _ in decided if member_id in active), (
        "at least one Active admin remains"
    )
    seated = {row["member_id"]: row["seat_type"] for row in await db.fetch(_HOLDERS, agency_id)}
    assert seated == active, "exactly the Active members hold seats"
    await _check_purchased(journey, db, agency_id, Counter(seated.values()))
    for command in messages:
        if issubclass(message_class(command.type) or Event, Command):
            _check_ended_once(command, messages)


async def _check_purchased(journey: Journey, db: Db, agency_id: UUID, seated: Counter[str]) -> None:
    ledger = await db.fetchrow("SELECT * FROM seats.ledgers WHERE agency_id = $1", agency_id)
    account = await db.fetchrow("SELECT * FROM billing.accounts WHERE agency_id = $1", agency_id)
    assert ledger is not None
    assert account is not None
    at_stripe = dict(zip(("base", "voice"), await journey.stripe.quantities(account["subscription_id"]), strict=True))
    for seat_type in ("base", "voice"):
        purchased = ledger[f"purchased_{seat_type}"]
        assert ledger[f"active_{seat_type}"] == seated[seat_type], "the ledger's count is the number of seat holders"
        assert seated[seat_type] <= purchased, "active <= purchased"
        assert purchased == account[seat_type] == at_stripe[seat_type], (
            "ledger, billing and Stripe have the same quantity"
        )


def _check_ended_once(command: PublishedMessage, messages: Sequence[PublishedMessage]) -> None:
    """Check that a command has exactly one outcome; a command that names no outcome may only be rejected."""
    model = message_class(command.type)
    assert model is not None
    outcomes = [event for event in messages if event.type in model.outcomes and _is_about(event, command.envelope.id)]
    expected = len(model.outcomes) > 1
    assert len(outcomes) == expected, f"{command.type} ended as {[end.type for end in outcomes]}"


def _is_about(event: PublishedMessage, command_id: UUID) -> bool:
    data: Any = event.data
    command_reference = getattr(data, "command_id", None) or getattr(data, "operation_id", None)
    return str(command_reference or event.envelope.correlation_id) == str(command_id)
