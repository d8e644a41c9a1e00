"""The values of the activity log: a line as it is stored, as it is read, and what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from contracts.vocabulary import Actor

Values: TypeAlias = Mapping[str, int | str | bool | None]
"""Values by their names in the API."""


class Kind(StrEnum):
    """The subject of a line. A purchase is about seats; `costs` says that it is about money as well."""

    MEMBER = "member"
    SEAT = "seat"
    SETTING = "setting"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Change:
    """The values before and after an event; None where there were none, or where the event does not carry them."""

    before: Values | None = None
    after: Values | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member as a sentence of the log names one."""

    name: str
    email: str


People: TypeAlias = Mapping[UUID, Person]
"""The members that a page of the log names, by id."""


class Line(NamedTuple):
    """An event as the log stores it. `data` is its JSON without secrets, `costs` whether it charged or credited.

    `about` are the members to whom it happened.
    """

    at: datetime
    kind: Kind
    costs: bool
    type: str
    actor: Actor
    operation_id: UUID
    data: str
    about: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """A line as the store returns it. `data` is the event's JSON; its sentence is made when it is read."""

    id: int
    at: datetime
    kind: Kind
    actor: Actor
    operation_id: UUID
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ActivityFilter:
    """The lines to show: of a kind, by an actor, about a member; None stands for all of them."""

    kind: Kind | None = None
    actor: Actor | None = None
    about: UUID | None = None
