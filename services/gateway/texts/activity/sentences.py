"""Each event that the log tells, as a sentence for an admin: who did what to whom, what it cost, and the invoice.

There is one sentence for each type of event and none for any other: a new one does not type-check until it has its own.
"""

from __future__ import annotations

from typing import assert_never

from contracts.vocabulary import Actor
from services.gateway.model.activity import People
from services.gateway.model.logged_events import LoggedEvent, OfBilling, OfGateway, OfMembers, OfSeats
from services.gateway.texts.activity import of_billing, of_gateway, of_members, of_seats


def sentence(event: LoggedEvent, actor: Actor, people: People) -> str:
    """The line's sentence. `people` are the members that the actor and the event name."""
    if isinstance(event, OfMembers):
        return of_members.sentence(event, actor, people)
    if isinstance(event, OfSeats):
        return of_seats.sentence(event, actor, people)
    if isinstance(event, OfBilling):
        return of_billing.sentence(event, actor, people)
    if isinstance(event, OfGateway):
        return of_gateway.sentence(event, actor, people)
    assert_never(event)
