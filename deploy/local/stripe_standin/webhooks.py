"""Sends events as signed webhooks until they are acknowledged; with faults, late, twice, out of order or not at all.

The signature is Stripe's: HMAC-SHA256 of "{t}.{body}" with the endpoint's secret. The time `t` is real time, because
the receiver checks its age against a real clock; with `own_time` it is the time of the stand-in's clock.
"""

import asyncio
import contextlib
import hashlib
import hmac
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field

import httpx
import orjson

from deploy.local.stripe_standin.world import Changes, Obj, World, copy_of

# Stripe retries for up to three days with growing pauses; the stand-in's pauses are shorter.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_TIMEOUT = 10.0
_AT_ONCE = 8
# Events of this many seconds are collected, and then sent in reverse order.
_REORDER_WINDOW = 0.3


def signature(secret: str, body: bytes, at: int) -> str:
    """Return the value of the header `Stripe-Signature`."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@dataclass
class DeliveryFaults:
    """Faults of deliveries. `duplicate` and `drop` are numbers of events (None: all events until it is changed).

    `own_time` signs events with the time of the stand-in's clock.
    """

    duplicate: int | None = 0
    drop: int | None = 0
    reorder: bool = False
    delay_seconds: float = 0.0
    own_time: bool = False


@dataclass
class Webhooks:
    """Sends the events to one address; without an address they are only listed."""

    world: World
    url: str | None
    secret: str
    delivery_faults: DeliveryFaults = field(default_factory=DeliveryFaults)
    _waiting: list[str] = field(default_factory=list)
    _under_way: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self) -> None:
        """Start to send events, first those that were not acknowledged before a restart."""
        self._waiting += [event["id"] for event in self.world.table("events").values() if event["pending_webhooks"]]
        self.world.listeners.append(self._on_changes)
        self._spawn(self._run())

    async def stop(self) -> None:
        """Stop sending."""
        for task in list(self._tasks):
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def forget(self) -> None:
        """Drop the waiting events."""
        self._waiting.clear()

    @property
    def pending(self) -> int:
        """Return the number of unfinished deliveries."""
        return len(self._waiting) + self._under_way

    def send_again(self, event_id: str) -> None:
        """Deliver an event once more, as the dashboard's "Resend" does."""
        self._waiting.append(event_id)
        self._wake.set()

    def _on_changes(self, changes: Changes) -> None:
        fresh = [key for key, row in changes.get("events", {}).items() if row is not None and row["pending_webhooks"]]
        fresh = [key for key in fresh if key not in self._waiting]
        if fresh:
            self._waiting += fresh
            self._wake.set()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        slots = asyncio.Semaphore(_AT_ONCE)
        # Loading the CA certificates takes a tenth of a second, and most addresses need no TLS.
        encrypted = (self.url or "").startswith("https:")
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=encrypted) as client:
            while True:
                if not self._waiting:
                    await self._wake.wait()
                self._wake.clear()
                if self.delivery_faults.reorder:
                    await asyncio.sleep(_REORDER_WINDOW)
                batch, self._waiting = self._waiting, []
                self._under_way += len(batch)
                for event_id in reversed(batch) if self.delivery_faults.reorder else batch:
                    await slots.acquire()
                    self._spawn(self._deliver(client, event_id, slots))

    async def _deliver(self, client: httpx.AsyncClient, event_id: str, slots: asyncio.Semaphore) -> None:
        try:
            event = self.world.table("events").get(event_id)
            if event is None or self.url is None or self._use_fault("drop"):
                return
            times = 2 if self._use_fault("duplicate") else 1
            if self.delivery_faults.delay_seconds:
                slots.release()
                await asyncio.sleep(self.delivery_faults.delay_seconds)
                await slots.acquire()
            for _ in range(times):
                await self._send_until_acknowledged(client, event, slots)
        finally:
            self._under_way -= 1
            slots.release()

    async def _send_until_acknowledged(self, client: httpx.AsyncClient, event: Obj, slots: asyncio.Semaphore) -> None:
        pause = _FIRST_PAUSE
        while not await self._send(client, event):
            # An event that waits for its retry does not block others.
            slots.release()
            await asyncio.sleep(pause)
            await slots.acquire()
            pause = min(2 * pause, _LONGEST_PAUSE)
            if event["id"] not in self.world.table("events"):
                return

    async def _send(self, client: httpx.AsyncClient, event: Obj) -> bool:
        body = orjson.dumps(event)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(self.secret, body, self._signed_at()),
            "User-Agent": "Stripe/1.0 (stand-in)",
        }
        try:
            response = await client.post(self.url or "", content=body, headers=headers)
        except httpx.HTTPError:
            return False
        if response.is_success and event["id"] in self.world.table("events"):
            self.world.put({"events": {event["id"]: {**copy_of(event), "pending_webhooks": 0}}})
        return response.is_success

    def _signed_at(self) -> int:
        return self.world.clock.now() if self.delivery_faults.own_time else int(time.time())

    def _use_fault(self, what: str) -> bool:
        left: int | None = getattr(self.delivery_faults, what)
        if left is None:
            return True
        if left <= 0:
            return False
        setattr(self.delivery_faults, what, left - 1)
        return True
