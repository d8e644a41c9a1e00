"""Sentences for the events of the gateway: limited codes, reminders and API keys."""

from __future__ import annotations

from typing import assert_never

from contracts import gateway, moments
from contracts.vocabulary import Actor
from contracts.wording import isolated
from services.gateway.model.activity import People
from services.gateway.model.logged_events import OfGateway
from services.gateway.texts.activity.people import name_of, whom


def sentence(event: OfGateway, actor: Actor, people: People) -> str:
    """The sentence of the event's line. `people` holds the members that the actor and the event name."""
    name = name_of(actor, people)
    match event:
        case gateway.CodesLimited():
            whose = "at first logins" if event.member_id is None else f"for {whom(event.member_id, people)}"
            return f"Too many wrong codes {whose}: codes are off for now, the links in the emails go on working"
        case gateway.Reminded():
            return f"{name} reminded {whom(event.member_id, people)} of the seat"
        case gateway.ApiKeyCreated():
            return f"{name} created the API key “{isolated(event.name)}”{_reach(event)}"
        case gateway.ApiKeyRevoked():
            return f"{name} revoked the API key “{isolated(event.name)}”"
        case never:
            assert_never(never)


def _reach(event: gateway.ApiKeyCreated) -> str:
    """What the key opens, and until when. A key from before keys had scopes says neither."""
    if event.expires_at is None:
        return ""
    return f" for {', '.join(event.scopes)}, until {moments.day(event.expires_at)}"
