"""Each fact that the log tells, as a sentence for an admin: who did what to whom, what it cost, and the invoice.

There is one sentence for each type of fact and none for any other: a new one does not type-check until it has its own.
"""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import Actor
from services.gateway.activity import of_billing, of_gateway, of_members, of_seats
from services.gateway.activity.people import People
from services.gateway.activity.told import OfBilling, OfGateway, OfMembers, OfSeats, Told


def sentence(fact: Told, actor: Actor, people: People) -> str:
    """The line's sentence. `people` are the members that the actor and the fact name."""
    if isinstance(fact, OfMembers):
        return of_members.sentence(fact, actor, people)
    if isinstance(fact, OfSeats):
        return of_seats.sentence(fact, actor, people)
    if isinstance(fact, OfBilling):
        return of_billing.sentence(fact, actor, people)
    if isinstance(fact, OfGateway):
        return of_gateway.sentence(fact, actor, people)
    assert_never(fact)
