"""One LISTENing connection wakes every waiting request and every open page of this replica."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog

from database.postgres import AWAY
from services.gateway.application.ports import Listen
from services.gateway.store.feed import CHANNEL

log = structlog.get_logger(__name__)


class NotifyListener:
    """Wakes the requests and pages that wait for an operation or an agency, when Postgres notifies."""

    def __init__(self, listen: Listen) -> None:
        self._listen = listen
        self._waiting: dict[tuple[str, UUID], set[asyncio.Event]] = {}
        self.closed = asyncio.Event()
        self.listening = asyncio.Event()

    @contextmanager
    def operation(self, command_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set when this operation has ended."""
        with self._wait(("o", command_id)) as event:
            yield event

    @contextmanager
    def stream(self, agency_id: UUID, session_id: UUID | None) -> Iterator[asyncio.Event]:
        """An event that is set when this agency has changed, or when the session has ended."""
        session = () if session_id is None else (("s", session_id),)
        with self._wait(("a", agency_id), *session) as event:
            yield event

    @contextmanager
    def _wait(self, *subjects: tuple[str, UUID]) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        if self.closed.is_set():  # no notification will come: the waiting request looks once
            event.set()
        for subject in subjects:
            self._waiting.setdefault(subject, set()).add(event)
        try:
            yield event
        finally:
            for subject in subjects:
                waiting = self._waiting[subject]
                waiting.discard(event)
                if not waiting:
                    del self._waiting[subject]

    async def run(self) -> None:
        """Listen until closed. A lost connection is made again, and everything that waits looks once."""
        while not self.closed.is_set():
            try:
                await self._session()
            except AWAY as away:
                log.warning("gateway.not_listening", error=type(away).__name__)
                await asyncio.sleep(random.uniform(0.2, 1.0))

    def close(self) -> None:
        """End `run`, and let every open page end."""
        self.closed.set()
        self.wake_all()

    def wake_all(self) -> None:
        """Let everything that waits look: a notification may have been missed."""
        for events in self._waiting.values():
            for event in events:
                event.set()

    async def _session(self) -> None:
        db = await self._listen()
        lost = asyncio.Event()
        try:
            db.add_termination_listener(lambda _db: lost.set())
            await db.add_listener(CHANNEL, self._notified)
            self.listening.set()
            self.wake_all()
            ended = [asyncio.create_task(event.wait()) for event in (lost, self.closed)]
            try:
                await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in ended:
                    task.cancel()
        finally:
            self.listening.clear()
            db.terminate()

    def _notified(self, *notification: object) -> None:
        payload = str(notification[-1])
        for hexed in payload[1:].split(","):
            for event in self._waiting.get((payload[0], UUID(hexed)), ()):
                event.set()
