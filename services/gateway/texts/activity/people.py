"""People in a sentence: the actor by name, anybody else by address, because two people may share a name.

No two people of an agency share an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, assert_never
from uuid import UUID

from contracts.address import shown_address
from contracts.vocabulary import Actor, ActorKind
from contracts.wording import isolated
from services.gateway.model.activity import People

_NAMED = 3
"""So many people are named in a sentence; the others are counted."""


class _Named(Protocol):
    @property
    def member_id(self) -> UUID: ...


def name_of(actor: Actor, people: People) -> str:
    """The actor's name, for the beginning of a sentence."""
    match actor.kind:
        case ActorKind.MEMBER:
            person = None if actor.member_id is None else people.get(actor.member_id)
            return "Somebody" if person is None else isolated(person.name)
        case ActorKind.ANYONE:
            return "Somebody"
        case ActorKind.AUTO_ADD:
            return "Auto-Add"
        case ActorKind.STRIPE:
            return "Stripe"
        case ActorKind.OPERATOR:
            return "The operator"
        case never:
            assert_never(never)


def whom(member_id: UUID, people: People) -> str:
    """The address of a member whom an event names."""
    person = people.get(member_id)
    return "somebody" if person is None else isolated(shown_address(person.email))


def listed(named_first: Iterable[_Named], count: int, people: People) -> str:
    """One address; two with "and"; of many the first few and the count of the others. `count` is how many there are."""
    addresses = [whom(named.member_id, people) for named in named_first]
    shown: Sequence[str] = addresses
    if count > _NAMED + 1:
        shown = [*addresses[:_NAMED], f"{count - _NAMED:,} others"]
    *first, last = shown or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last
