"""The activity log's table: one entry for each type of event that makes a line.

To log another event, add it to a union in `model/logged_events.py`, its sentence to `texts/activity/of_<owner>.py`, and
an entry to `of_<owner>.py` here. mypy refuses an entry without a sentence or with a field left out, and a test compares
the table with the unions and with the projection's table. Events that make no line are listed, with the reason, in
`not_logged.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from contracts.message import Message
from services.gateway.projection.activity import (
    of_billing,
    of_gateway,
    of_members,
    of_notifier,
    of_reductions,
    of_seats,
)
from services.gateway.projection.activity.entry import LogEntry

_TABLE: tuple[LogEntry[Any], ...] = (
    *of_members.ENTRIES,
    *of_seats.ENTRIES,
    *of_reductions.ENTRIES,
    *of_billing.ENTRIES,
    *of_gateway.ENTRIES,
    *of_notifier.ENTRIES,
)
LOG: Mapping[type[Message], LogEntry[Any]] = MappingProxyType({entry.event: entry for entry in _TABLE})
