"""The sentence for the event of the notifier: a mail that could not be delivered."""

from __future__ import annotations

from contracts.vocabulary import Actor
from services.gateway.model.activity import People
from services.gateway.model.logged_events import OfNotifier
from services.gateway.texts.activity.people import whom
from services.gateway.texts.mail_failures import INVITATION, could_not_be_delivered


def sentence(event: OfNotifier, _actor: Actor, people: People) -> str:
    """The sentence of the event's line. `people` holds the members that the actor and the event name."""
    to = "the operator" if event.member_id is None else whom(event.member_id, people)
    what = "The invitation" if event.template == INVITATION else f"The email “{event.template.replace('_', ' ')}”"
    return f"{what} to {to} {could_not_be_delivered(event.reason)}"
