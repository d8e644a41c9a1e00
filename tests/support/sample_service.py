"""A service as small as one can be, to try the chassis with: it writes down words, and does as some of them say."""

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
from chassis.postgres import migrate
from contracts.billing import PortalOpened, StripeEvent
from contracts.members import MembersCommandRejected, SignedUp, SignUp
from contracts.seats import AutoAddSet, SetAutoAdd
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import STRIPE, SeatType, Service
from tests.support.one_service import PASSWORD


@dataclass
class Words:
    """The words to be written down for one agency, and how many stand there."""

    agency_id: UUID
    written: int
    new: list[str] = field(default_factory=list)


class SampleStore:
    """Two statements."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        """Raised once by the next load."""

    async def load(self, db: asyncpg.Connection[Any], wanted: Inputs, _: datetime) -> Mapping[UUID, Words]:
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        names = [one.name for group in wanted.values() for one in group if isinstance(one, SignUp)]
        rows = await db.fetch(
            "SELECT agency_id, count(*) FROM words WHERE agency_id = ANY($1) AND word <> ALL($2::text[]) GROUP BY 1",
            list(wanted),
            ["", *names],
        )
        counts = {row["agency_id"]: row["count"] for row in rows}
        return {agency: Words(agency, counts.get(agency, 0)) for agency in wanted}

    async def save(self, db: asyncpg.Connection[Any], states: Collection[Words]) -> None:
        rows = [(state.agency_id, word) for state in states for word in state.new]
        await db.executemany("INSERT INTO words (agency_id, word) VALUES ($1, $2)", rows)


class Job(BaseModel):
    """A task's payload, and its outcome."""

    word: str


class Outside:
    """The outside world: what was asked of it, and what it is to answer."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.answers: list[Done | Retry | Exception] = []

    async def perform(self, attempt: Attempt) -> Done | Retry:
        self.attempts.append(attempt)
        answer = self.answers.pop(0) if self.answers else Done(Job(word=f"did {attempt.payload.word}"))
        if isinstance(answer, Exception):
            raise answer
        return answer


def _write(state: Words, order: SignUp, ctx: ActorContext) -> None:
    match order.name.split():
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
        case ["hurry"]:
            ctx.run_now("timer")
    state.new.append(order.name)
    ctx.publish(SignedUp(member_id=ctx.new_id(), email=order.email, name=order.name, seat_type=SeatType.BASE))


def _fact(state: Words, _: AutoAddSet, ctx: ActorContext) -> None:
    if state.written == 0 and not state.new:
        raise RuntimeError("an event that cannot be decided yet")
    state.new.append("event")
    ctx.send(SetAutoAdd(enabled=True))


def _answer(state: Words, answer: PortalOpened, _: ActorContext) -> None:
    if answer.sealed == "raise":
        raise RuntimeError("an answer that cannot be taken")
    state.new.append(answer.sealed)


def _settle(state: Words, outcome: Job, _: ActorContext) -> None:
    state.new.append(outcome.word)


def _hint(state: Words, event: StripeEvent, _: ActorContext) -> None:
    if event.type == "raise":
        raise RuntimeError("an event that cannot be decided")
    state.new.append(event.type)


async def _find(db: asyncpg.Connection[Any], customers: Sequence[str]) -> Mapping[str, UUID]:
    rows = await db.fetch("SELECT DISTINCT agency_id, word FROM words WHERE word = ANY($1)", list(customers))
    return {row["word"]: row["agency_id"] for row in rows}


def sample_service(outside: Outside | None = None) -> Definition[Words]:
    """The service."""
    return Definition(
        service=Service.MEMBERS,
        store=SampleStore(),
        handlers={SignUp: _write, AutoAddSet: _fact, PortalOpened: _answer},
        rejection=MembersCommandRejected,
        task_handlers=dict.fromkeys(("job", "call"), TaskHandler(Job, (outside or Outside()).perform, _settle)),
        external=ExternalTopic(STRIPE_EVENTS, StripeEvent, lambda event: str(event.customer_id), _find, _hint, STRIPE),
    )


SCHEMA = Path(__file__).parent / "sample_schema"


async def migrate_sample(url: str) -> None:
    """Its one table beside the chassis's own."""
    await migrate(url, {Service.MEMBERS: SCHEMA}, {Service.MEMBERS: PASSWORD})
