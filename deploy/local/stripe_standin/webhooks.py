"""Events are sent signed, again and again until acknowledged; late, twice or out of order when that is asked for.

The signature is Stripe's: HMAC-SHA256 of "{t}.{body}" under the endpoint's secret, `t` in the wall's seconds whatever
the stand-in's own clock says, because it is the receiver's clock that judges its age; in the stand-in's own seconds
where the receiver lives by those.
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

# Stripe waits longer each time, for up to three days; a local world has less patience.
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_TIMEOUT = 10.0
_AT_ONCE = 8
# Reordered events are held together for so long, and then sent last first.
_REORDER_WINDOW = 0.3


def signature(secret: str, body: bytes, at: int) -> str:
    """Return the value of the header `Stripe-Signature`."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


@dataclass
class Mischief:
    """How deliveries go wrong. `duplicate` and `drop` are for how many events (None: all of them, until changed).

    `own_time` signs them in the stand-in's own seconds.
    """

    duplicate: int | None = 0
    drop: int | None = 0
    reorder: bool = False
    delay_seconds: float = 0.0
    own_time: bool = False


@dataclass
class Webhooks:
    """Sends the world's events to one address; without an address they only stand in the event list."""

    world: World
    url: str | None
    secret: str
    mischief: Mischief = field(default_factory=Mischief)
    _waiting: list[str] = field(default_factory=list)
    _under_way: int = 0
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start(self) -> None:
        """Begin to listen and to send, first what was not acknowledged before a restart."""
        self._waiting += [one["id"] for one in self.world.table("events").values() if one["pending_webhooks"]]
        self.world.heard.append(self._hear)
        self._spawn(self._run())

    async def stop(self) -> None:
        """Stop sending."""
        for task in list(self._tasks):
            task.cancel()
        for task in list(self._tasks):
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def forget(self) -> None:
        """Drop what waits."""
        self._waiting.clear()

    @property
    def pending(self) -> int:
        """Return how many deliveries are not done yet."""
        return len(self._waiting) + self._under_way

    def send_again(self, event_id: str) -> None:
        """Deliver an event once more, as the dashboard's "Resend" does."""
        self._waiting.append(event_id)
        self._woken.set()

    def _hear(self, changes: Changes) -> None:
        fresh = [key for key, row in changes.get("events", {}).items() if row is not None and row["pending_webhooks"]]
        fresh = [key for key in fresh if key not in self._waiting]
        if fresh:
            self._waiting += fresh
            self._woken.set()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        slots = asyncio.Semaphore(_AT_ONCE)
        # Reading the authorities' certificates takes a tenth of a second, and most addresses are this machine's.
        encrypted = (self.url or "").startswith("https:")
        async with httpx.AsyncClient(timeout=_TIMEOUT, verify=encrypted) as client:
            while True:
                if not self._waiting:
                    await self._woken.wait()
                self._woken.clear()
                if self.mischief.reorder:
                    await asyncio.sleep(_REORDER_WINDOW)
                batch, self._waiting = self._waiting, []
                self._under_way += len(batch)
                for event_id in reversed(batch) if self.mischief.reorder else batch:
                    await slots.acquire()
                    self._spawn(self._deliver(client, event_id, slots))

    async def _deliver(self, client: httpx.AsyncClient, event_id: str, slots: asyncio.Semaphore) -> None:
        try:
            event = self.world.table("events").get(event_id)
            if event is None or self.url is None or self._taken("drop"):
                return
            times = 2 if self._taken("duplicate") else 1
            if self.mischief.delay_seconds:
                slots.release()
                await asyncio.sleep(self.mischief.delay_seconds)
                await slots.acquire()
            for _ in range(times):
                await self._send_until_acknowledged(client, event, slots)
        finally:
            self._under_way -= 1
            slots.release()

    async def _send_until_acknowledged(self, client: httpx.AsyncClient, event: Obj, slots: asyncio.Semaphore) -> None:
        wait = _FIRST_WAIT
        while not await self._send(client, event):
            # While one event waits for its next try, others go on.
            slots.release()
            await asyncio.sleep(wait)
            await slots.acquire()
            wait = min(2 * wait, _LONGEST_WAIT)
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
            answer = await client.post(self.url or "", content=body, headers=headers)
        except httpx.HTTPError:
            return False
        if answer.is_success and event["id"] in self.world.table("events"):
            self.world.put({"events": {event["id"]: {**copy_of(event), "pending_webhooks": 0}}})
        return answer.is_success

    def _signed_at(self) -> int:
        return self.world.clock.now() if self.mischief.own_time else int(time.time())

    def _taken(self, what: str) -> bool:
        left: int | None = getattr(self.mischief, what)
        if left is None:
            return True
        if left <= 0:
            return False
        setattr(self.mischief, what, left - 1)
        return True
