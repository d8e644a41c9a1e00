"""The bound of a wait: whoever proves an address for the first time has a seat or a reason after 24 hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tests.simulation.invariants import Violation

BOUND = timedelta(hours=24)
SLACK = timedelta(hours=2)
"""A pause of the simulation may be longer than an hour, and no process runs meanwhile."""
_BEGIN = "members.first_login.v1"
_ENDS = {"seats.seat_assigned.v1", "seats.seat_denied.v1", "members.removed.v1"}


def nobody_waits_past_the_bound(messages: Iterable[Mapping[str, Any]]) -> None:
    """Check that each first login has ended within the bound, whatever was tried meanwhile."""
    ends: dict[str, list[datetime]] = defaultdict(list)
    begins: list[tuple[str, datetime]] = []
    for message in messages:
        if message["type"] == _BEGIN:
            begins.append((message["data"]["member_id"], message["published_at"]))
        elif message["type"] in _ENDS:
            ends[message["data"]["member_id"]].append(message["published_at"])
    for member, began in begins:
        ended = min((at for at in ends[member] if at >= began), default=None)
        if ended is not None and ended - began > BOUND + SLACK:
            raise Violation("nobody waits past the bound", f"{member} waited for {ended - began}")
