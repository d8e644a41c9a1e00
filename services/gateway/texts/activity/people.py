"""Who acts is called by name, whom it happens to by address: two people may bear one name, and never one address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never
from uuid import UUID

from contracts.vocabulary import Actor, ActorKind
from services.gateway.model.activity import People

_NAMED = 3
"""People whom a sentence names; the others are counted."""


def name_of(actor: Actor, people: People) -> str:
    """Who acted, at the beginning of a sentence."""
    match actor.kind:
        case ActorKind.MEMBER:
            person = None if actor.member_id is None else people.get(actor.member_id)
            return "Somebody" if person is None else person.name
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
    """Somebody whom an event names, by address."""
    person = people.get(member_id)
    return "somebody" if person is None else person.email


def listed(ids: Iterable[UUID], people: People) -> str:
    """One address; two with "and"; of many the first few and the count of the others."""
    all_of_them = [whom(one, people) for one in ids]
    named: Sequence[str] = all_of_them
    if len(all_of_them) > _NAMED + 1:
        named = [*all_of_them[:_NAMED], f"{len(all_of_them) - _NAMED} others"]
    *first, last = named or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last
