"""The security log: wrong keys, signatures and codes, and forbidden calls, with the network that they come from.

What was tried is never logged. A flood of them is one line a minute for each kind and network, with a count, and beyond
so many networks one line for all others.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import structlog
from prometheus_client import Counter

from services.gateway.model.rejected import RejectedError

log = structlog.get_logger(__name__)

EVENTS = Counter("headcount_security_events", "Wrong credentials and forbidden calls, by kind", ["kind"])
SECONDS = 60.0
"""How long events of one kind and network are gathered before their count is logged."""
LINES = 100
"""Kinds and networks with a line of their own within that time."""
OTHERS = "others"


class SecurityEvent(StrEnum):
    """The kinds of wrong or forbidden calls."""

    OPERATOR_KEY = "operator_key"
    API_KEY = "api_key"
    WEBHOOK_SIGNATURE = "webhook_signature"
    CODE = "code"
    FORBIDDEN = "forbidden"
    """A call whose caller lacks the right (403)."""
    BAD_ORIGIN = "bad_origin"
    """A write that a page of another site sent."""


for _kind in SecurityEvent:
    EVENTS.labels(_kind.value)  # an alert needs the zero before the first event


class SecurityLog:
    """Counts the events of this process, and logs them."""

    def __init__(self) -> None:
        self._gathered: Counts[tuple[SecurityEvent, str]] = Counts()

    def note(self, kind: SecurityEvent, network: str) -> None:
        """Count an event. The first of its kind and network is logged at once, the rest when the minute is over."""
        EVENTS.labels(kind.value).inc()
        subject = (kind, network)
        if subject not in self._gathered and len(self._gathered) >= LINES:
            subject = (kind, OTHERS)
        elif subject not in self._gathered:
            _log(kind, network, 1)
        self._gathered[subject] += 1

    @contextmanager
    def noting(self, kind: SecurityEvent, network: str, *codes: str) -> Iterator[None]:
        """Count an event if the block is left with a rejection of one of these codes."""
        try:
            yield
        except RejectedError as rejected:
            if rejected.code in codes:
                self.note(kind, network)
            raise

    def close(self) -> None:
        """Log what has been counted beyond each first event, and begin anew."""
        gathered, self._gathered = self._gathered, Counts()
        for (kind, network), count in gathered.items():
            more = count if network == OTHERS else count - 1
            if more:
                _log(kind, network, more)

    async def run(self) -> None:
        """Log the counts once a minute; until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(SECONDS)
                self.close()
        finally:
            self.close()


def _log(kind: SecurityEvent, network: str, count: int) -> None:
    log.warning("gateway.security", kind=kind.value, network=network, count=count)
