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

from chassis.actor import Again, Attempt, Definition, Done, Foreign, Performer, Turn, Wanted
from chassis.postgres import migrate
from contracts.billing import PortalOpened, StripeEvent
from contracts.members import MembersOrderRefused, SignedUp, SignUp
from contracts.seats import AutoAddSet, SetAutoAdd
from contracts.topics import STRIPE_EVENTS
from contracts.vocabulary import SeatType, Service
from tests.support.one_service import PASSWORD


@dataclass
class Words:
    """The words to be written down for one agency, and how many stand there."""

    agency_id: UUID
    written: int
    new: list[str] = field(default_factory=list)


class TallyStore:
    """Two statements."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        """Raised once by the next load."""

    async def load(self, db: asyncpg.Connection[Any], wanted: Wanted, _: datetime) -> Mapping[UUID, Words]:
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
        self.asked: list[Attempt] = []
        self.answers: list[Done | Again | Exception] = []

    async def perform(self, attempt: Attempt) -> Done | Again:
        self.asked.append(attempt)
        answer = self.answers.pop(0) if self.answers else Done(Job(word=f"did {attempt.payload.word}"))
        if isinstance(answer, Exception):
            raise answer
        return answer


def _write(state: Words, order: SignUp, turn: Turn) -> None:
    match order.name.split():
        case ["raise"]:
            raise RuntimeError("a decision that fails")
        case ["task", word]:
            turn.task("job", Job(word=word), lane="work")
        case ["call", word]:
            turn.task("call", Job(word=word), lane="call")
        case ["timer", word]:
            turn.task("job", Job(word=word), lane="timer", key="timer")
        case ["cancel"]:
            turn.cancel("timer")
        case ["hurry"]:
            turn.hurry("timer")
    state.new.append(order.name)
    turn.say(SignedUp(member_id=turn.new_id(), email=order.email, name=order.name, seat_type=SeatType.BASE))


def _fact(state: Words, _: AutoAddSet, turn: Turn) -> None:
    if state.written == 0 and not state.new:
        raise RuntimeError("a fact that cannot be decided yet")
    state.new.append("fact")
    turn.say(SetAutoAdd(enabled=True))


def _answer(state: Words, answer: PortalOpened, _: Turn) -> None:
    if answer.sealed == "raise":
        raise RuntimeError("an answer that cannot be taken")
    state.new.append(answer.sealed)


def _settle(state: Words, outcome: Job, _: Turn) -> None:
    state.new.append(outcome.word)


def _hint(state: Words, event: StripeEvent, _: Turn) -> None:
    if event.type == "raise":
        raise RuntimeError("an event that cannot be decided")
    state.new.append(event.type)


async def _find(db: asyncpg.Connection[Any], customers: Sequence[str]) -> Mapping[str, UUID]:
    rows = await db.fetch("SELECT DISTINCT agency_id, word FROM words WHERE word = ANY($1)", list(customers))
    return {row["word"]: row["agency_id"] for row in rows}


def tally(outside: Outside | None = None) -> Definition[Words]:
    """The service."""
    return Definition(
        service=Service.MEMBERS,
        store=TallyStore(),
        heard={SignUp: _write, AutoAddSet: _fact, PortalOpened: _answer},
        refused=MembersOrderRefused,
        performed=dict.fromkeys(("job", "call"), Performer(Job, (outside or Outside()).perform, _settle)),
        foreign=Foreign(STRIPE_EVENTS, StripeEvent, lambda event: str(event.customer_id), _find, _hint),
    )


SCHEMA = Path(__file__).parent / "tally_schema"


async def migrate_tally(url: str) -> None:
    """Its one table beside the chassis's own."""
    await migrate(url, {Service.MEMBERS: SCHEMA}, {Service.MEMBERS: PASSWORD})
