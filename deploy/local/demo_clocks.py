"""The clocks of a demo agency that was opened weeks ago: those of Stripe's stand-in and of our services."""

import time

import asyncpg
import httpx

from contracts.vocabulary import Service
from deploy.local.clock_offset import ClockOffset
from deploy.local.demo_chapters import seconds_since_opening
from deploy.local.ports import until
from deploy.local.seed import expect, nothing_to_check

_TIMEOUT_SECONDS = 30
_UNFINISHED = "SELECT (SELECT count(*) FROM tasks WHERE lease IS NOT NULL) + (SELECT count(*) FROM unsent)"


class Clocks:
    """The clock of Stripe's stand-in and that of our services, if they were started in the past; moved together."""

    def __init__(self, stripe: str | None, clock_offset: ClockOffset | None, postgres: str) -> None:
        """`stripe` is None for the real Stripe, `clock_offset` is None for services on real time."""
        self._stripe = stripe
        self._clock_offset = clock_offset
        self._postgres = postgres

    @property
    def move(self) -> bool:
        """Whether the clocks can be moved."""
        return self._stripe is not None

    async def begin(self) -> None:
        """Set the clocks to the opening of the agency, if the stand-in has no customer yet."""
        if self._stripe is None:
            return
        async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=30) as client:
            if self._clock_offset is not None:
                expect(await client.post("/_control/webhooks", json={"ownTime": True}))
            key = {"Authorization": "Bearer sk_test_demo"}
            if expect(await client.get("/v1/customers", params={"limit": 1}, headers=key)).json()["data"]:
                return
            behind = seconds_since_opening() if self._clock_offset is None else self._clock_offset.seconds
            expect(await client.post("/_control/clock", json={"standStillAt": int(time.time()) - behind}))
            expect(await client.post("/_control/clock", json={"run": True}))

    async def move_to(self, behind: int) -> None:
        """Move the clocks to so many seconds ago, once all work is finished; earlier renewals are processed."""
        if self._stripe is None:
            return
        async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=60) as client:
            if self._clock_offset is not None:
                await self._wait_until_idle(client)
                # Never move back: an interrupted start continues where it was.
                behind = min(behind, self._clock_offset.seconds)
                self._clock_offset.set(behind)
            now = expect(await client.get("/_control/clock")).json()["now"]
            ahead = int(time.time()) - behind - now
            if ahead > 0:
                expect(await client.post("/_control/clock", json={"advanceSeconds": ahead}))

    async def end(self) -> None:
        """Let the stand-in sign webhooks with real time again."""
        if self._stripe is not None and self._clock_offset is not None:
            async with httpx.AsyncClient(base_url=self._stripe, trust_env=False, timeout=30) as client:
                expect(await client.post("/_control/webhooks", json={}))

    async def _wait_until_idle(self, stripe: httpx.AsyncClient) -> None:
        """Wait until no task is leased (else its lease would end), no message is unsent and no webhook is pending."""
        db = await asyncpg.connect(self._postgres)

        async def is_idle() -> bool:
            for service in Service:
                await db.execute("SELECT set_config('search_path', $1, false)", service)
                if await db.fetchval(_UNFINISHED):
                    return False
            return not expect(await stripe.get("/_control/webhooks")).json()["pending"]

        try:
            await until(is_idle, still_alive=nothing_to_check, seconds=_TIMEOUT_SECONDS)
        finally:
            await db.close()
