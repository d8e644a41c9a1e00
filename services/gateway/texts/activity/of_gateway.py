"""What the gateway says, as sentences: codes that were limited, API keys."""

from __future__ import annotations

from typing import assert_never

from contracts import gateway
from contracts.vocabulary import Actor
from services.gateway.model.activity import People
from services.gateway.model.logged_events import OfGateway
from services.gateway.texts.activity.people import name_of, whom


def sentence(event: OfGateway, actor: Actor, people: People) -> str:
    """The line's sentence. `people` are the members that the actor and the event name."""
    who = name_of(actor, people)
    match event:
        case gateway.CodesLimited():
            whose = "at first logins" if event.member_id is None else f"for {whom(event.member_id, people)}"
            return f"Too many wrong codes {whose}: codes are off for now, the links in the mails go on working"
        case gateway.ApiKeyCreated():
            return f"{who} created the API key “{event.name}”"
        case gateway.ApiKeyRevoked():
            return f"{who} revoked the API key “{event.name}”"
        case never:
            assert_never(never)
