"""The smallest service that uses all of the chassis: it stores words, and some words start or cancel a task."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel

from chassis.actor import ActorContext, Attempt, Definition, Done, ExternalTopic, Inputs, Retry, TaskHandler
from contracts.billing import PortalOpened
from contracts.members import (
    LoginRecorded,
    MembersAgencyParked,
    MembersAgencyResumed,
    MembersCommandRejected,
    SignedUp,
    SignUp,
)
from contracts.seats import AutoAddSet
from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import STRIPE, MemberStatus, SeatType, Service
from services.cli.store_migrations import migrate
from telemetry.tracing import current_traceparent
from tests.support.databases import with_quick_passwords
from tests.support.one_service import PASSWORD


@dataclass
class Words:
    """An agency's state: how many words are stored, and the new words to store."""

    agency_id: UUID
    written: int
    new: list[str] = field(default_factory=list)


class SampleStore:
    """Load and save words, each with a single statement."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        """Raised once by the next load."""

    async def load(self, db: asyncpg.Connection[Any], inputs: Inputs, _: datetime) -> Mapping[UUID, Words]:
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        names = [message.name for group in inputs.values() for message in group if isinstance(message, SignUp)]
        rows = await db.fetch(
            "SELECT agency_id, count(*) FROM words WHERE agency_id = ANY($1) AND word <> ALL($2::text[]) GROUP BY 1",
            list(inputs),
            ["", *names],
        )
        counts = {row["agency_id"]: row["count"] for row in rows}
        return {agency: Words(agency, counts.get(agency, 0)) for agency in inputs}

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Words]) -> None:
        rows = [(state.agency_id, word) for state in states for word in state.new]
        await db.executemany("INSERT INTO words (agency_id, word) VALUES ($1, $2)", rows)


class Job(BaseModel):
    """A task's payload, and its result."""

    word: str


class Outside:
    """The outside world: records every attempt, and returns or raises the prepared responses in order."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.traces: list[str | None] = []
        self.responses: list[Done | Retry | Exception] = []

    async def run(self, attempt: Attempt) -> Done | Retry:
        self.attempts.append(attempt)
        self.traces.append(current_traceparent())
        response = self.responses.pop(0) if self.responses else Done(Job(word=f"did {attempt.payload.word}"))
        if isinstance(response, Exception):
            raise response
        return response


def _write(state: Words, command: SignUp, ctx: ActorContext) -> None:
    match command.name.split():
        case ["raise"]:
            raise RuntimeError("a decision that fails")
        case ["task", word]:
            ctx.task("job", Job(word=word), lane="work")
        case ["call", word]:
            ctx.task("call", Job(word=word), lane="call")
        case ["timer", word]:
            ctx.task("job", Job(word=word), lane="timer", key="timer")
        case ["cancel"]:
            ctx.cancel("timer")
        case ["run", "now"]:
            ctx.run_now("timer")
    state.new.append(command.name)
    ctx.publish(SignedUp(member_id=ctx.new_id(), email=command.email, name=command.name, seat_type=SeatType.BASE))


def _take_event(state: Words, _: AutoAddSet, ctx: ActorContext) -> None:
    if state.written == 0 and not state.new:
        raise RuntimeError("an event that cannot be decided yet")
    state.new.append("event")
    ctx.publish(LoginRecorded(member_id=ctx.new_id(), status=MemberStatus.ACTIVE))


def _take_reply(state: Words, reply: PortalOpened, _: ActorContext) -> None:
    if reply.sealed == "raise":
        raise RuntimeError("a reply that cannot be decided")
    state.new.append(reply.sealed)


def _on_result(state: Words, result: Job, _: ActorContext) -> None:
    state.new.append(result.word)


def _take_external_event(state: Words, event: StripeEvent, _: ActorContext) -> None:
    if event.type == "raise":
        raise RuntimeError("an event that cannot be decided")
    state.new.append(event.type)


async def _find(db: asyncpg.Connection[Any], customers: Sequence[str]) -> Mapping[str, UUID]:
    rows = await db.fetch("SELECT DISTINCT agency_id, word FROM words WHERE word = ANY($1)", list(customers))
    return {row["word"]: row["agency_id"] for row in rows}


def sample_service(outside: Outside | None = None) -> Definition[Words]:
    """Define the service; its tasks run in `outside`."""
    return Definition(
        service=Service.MEMBERS,
        store=SampleStore(),
        handlers={SignUp: _write, AutoAddSet: _take_event, PortalOpened: _take_reply},
        rejection=MembersCommandRejected,
        parked=MembersAgencyParked,
        resumed=MembersAgencyResumed,
        task_handlers=dict.fromkeys(("job", "call"), TaskHandler(Job, (outside or Outside()).run, _on_result)),
        external=ExternalTopic(
            STRIPE_EVENTS, StripeEvent, lambda event: str(event.customer_id), _find, _take_external_event, STRIPE
        ),
    )


SCHEMA = Path(__file__).parent / "sample_schema"


async def migrate_sample(url: str) -> None:
    """Create the words table and the chassis's own tables."""
    await migrate(with_quick_passwords(url), {Service.MEMBERS: SCHEMA}, {Service.MEMBERS: PASSWORD})
