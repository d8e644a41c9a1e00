"""From an event to its line of the activity log, and back from a stored line to the event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from contracts.message import Message
from contracts.vocabulary import Actor
from services.gateway.model.activity import Line
from services.gateway.projection.activity.entry import LogEntry
from services.gateway.projection.activity.table import LOG

_NOT_KEPT = {"sealed", "payment_method"}
"""Fields that no sentence needs: sealed secrets, and the card's name at Stripe."""
_FILLED = MappingProxyType(dict.fromkeys(_NOT_KEPT, "not kept"))
_BY_TYPE: Mapping[str, LogEntry[Any]] = MappingProxyType({entry.event.type: entry for entry in LOG.values()})


def line_of(event: Message, at: datetime, actor: Actor, operation_id: UUID) -> Line | None:
    """The line of an event; None when the event changed nothing. KeyError for a type that the log does not record."""
    entry = LOG[type(event)]
    if not entry.recorded_if(event):
        return None
    data = event.model_dump_json(exclude=_NOT_KEPT)
    return Line(at, entry.kind, entry.costs, event.type, actor, operation_id, data, entry.members(event))


def entry_and_event(type_: str, data: Mapping[str, object]) -> tuple[LogEntry[Any], Message]:
    """The table's entry of a stored line, and its event; the fields that are not kept have a placeholder."""
    entry = _BY_TYPE[type_]
    return entry, entry.event.model_validate({**_FILLED, **data})
