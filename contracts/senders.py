"""The allowed senders: of an event and a reply their owner alone, of a command the services that it names.

A receiver believes a record only within that. Types that this release does not know follow from their topic, because
they move cursors too: a forged one would take a number away from its alleged sender.
"""

from __future__ import annotations

from functools import lru_cache

from contracts.message import Command, known_messages, message_class
from contracts.topics import RESENDS, STRIPE_EVENTS
from contracts.vocabulary import Service


@lru_cache(maxsize=1024)
def may_send(sender: str, type_: str, topic: str) -> bool:
    """Whether a service may send messages of this type to this topic."""
    model = message_class(type_)
    if model is None:
        return type_.partition(".")[0] == topic.partition(".")[0] and sender in senders_to(topic)
    return model.topic == topic and sender in model.senders


def senders_to(topic: str) -> frozenset[Service]:
    """The services that may write to a topic."""
    if topic == RESENDS:
        return frozenset(Service)
    if topic == STRIPE_EVENTS:
        return frozenset({Service.GATEWAY})
    owner, _, suffix = topic.partition(".")
    if suffix != Command.suffix:
        return frozenset({Service(owner)})
    return frozenset(sender for model in known_messages().values() if model.topic == topic for sender in model.senders)
