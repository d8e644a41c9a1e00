"""Heads and requests: a head says how far a sender's numbers go, a request names the numbers that a subscriber lacks.

Neither is a message of an agency's: it has no number, is not stored, and the next one makes up for one that is lost.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.message import Payload
from contracts.vocabulary import Service

HEADS = b"headcount.heads.v1"
"""The type of a page of heads. It stands among the messages of the topic and the partition that it is about."""
MOST_HEADS = 5000
"""Agencies of a page."""
MOST_RANGES = 500
"""Ranges of a request."""
MOST_NUMBERS = 1000
"""Numbers of a range. What is missing beyond them is requested when they have come."""

Number = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Heads(Payload):
    """By agency, the highest number that `sender` has published to this topic. What it counts stands before it."""

    sender: Service
    numbers: Annotated[dict[UUID, Number], Field(min_length=1, max_length=MOST_HEADS)]


class MissingRange(Payload):
    """Numbers of an agency on a topic that a subscriber lacks."""

    agency_id: UUID
    topic: Annotated[str, Field(max_length=100)]
    first: Number
    last: Number


class ResendRequest(Payload):
    """A subscriber requests that `sender` publishes messages again, on `headcount.resends`; without ranges, its heads.

    A subscriber that starts requests heads: what was deleted while it was away has then a gap within seconds.
    """

    sender: Service
    ranges: Annotated[tuple[MissingRange, ...], Field(max_length=MOST_RANGES)] = ()
