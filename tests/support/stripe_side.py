"""Stripe's side of a test: the stand-in on a port, on the test's own clock, and what a test may ask or spoil there."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

import deploy
from deploy.local.stripe_standin import create_app
from deploy.local.stripe_standin.serving import serving
from services.billing.catalogue import Catalogue, read_catalogue, sync
from services.billing.clients.stripe import Patience, StripeApi
from tests.support.clock import HandClock

KEY = "sk_test_of_a_test"
CATALOGUE = Path(deploy.__file__).with_name("catalogue.toml")


class StripeSide:
    """The stand-in that a test talks to, billing's own client of it, and the catalogue that it holds."""

    def __init__(self, url: str, clock: HandClock) -> None:
        self.url = url
        self.clock = clock
        self.api = StripeApi(KEY, url, Patience(connect=2, read=0.5))
        self.catalogue: Catalogue = read_catalogue(CATALOGUE)
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False)

    async def close(self) -> None:
        """Let go of the connections."""
        await self.api.close()
        await self._http.aclose()

    async def control(self, path: str, **order: Any) -> Any:  # noqa: ANN401  JSON both ways
        """Use one of the stand-in's controls."""
        answer = await self._http.post(f"/_control/{path}", json=order)
        answer.raise_for_status()
        return answer.json()

    async def fault(self, kind: str, method: str | None = "POST", path: str = "/v1/*", **more: Any) -> None:  # noqa: ANN401  as the control takes
        """Have the requests that match go wrong, once unless told otherwise."""
        await self.control("faults", kind=kind, match={"path": path} | ({"method": method} if method else {}), **more)

    async def heal(self) -> None:
        """Take all faults away."""
        (await self._http.delete("/_control/faults")).raise_for_status()

    async def at_rest(self) -> None:
        """Return when whatever was asked has been answered, if only to somebody who has hung up since."""
        async with asyncio.timeout(20):
            while any(one["status"] is None for one in await self.control_log()):
                await asyncio.sleep(0.01)

    async def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401  Stripe's JSON
        """Ask Stripe's own API, not through billing."""
        answer = await self._http.get(f"/v1/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    async def subscribe(self, customer_id: str, **seats: int) -> str:
        """Make a subscription as the operator does in Stripe's dashboard: monthly prices and quantities, no notes."""
        held = await self.api.prices([f"headcount_{one}_monthly" for one in seats])
        form: dict[str, str | int] = {"customer": customer_id}
        for place, (one, count) in enumerate(seats.items()):
            form[f"items[{place}][price]"] = held[f"headcount_{one}_monthly"].id
            form[f"items[{place}][quantity]"] = count
        answer = await self._http.post("/v1/subscriptions", data=form)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def invoices(self, subscription_id: str) -> list[Any]:
        """Every invoice of a subscription, newest first."""
        found = await self.get("invoices", subscription=subscription_id, limit=100)
        return list(found["data"])

    async def quantities(self, subscription_id: str) -> tuple[int, int]:
        """Base and Voice as Stripe has them."""
        found = await self.get(f"subscriptions/{subscription_id}")
        counts = {item["price"]["lookup_key"].split("_")[1]: item["quantity"] for item in found["items"]["data"]}
        return counts["base"], counts["voice"]

    async def requests(self, method: str, path: str) -> list[Any]:
        """What was asked of the stand-in, by method and path."""
        return [one for one in await self.control_log() if one["method"] == method and one["path"] == path]

    async def control_log(self) -> list[Any]:
        """Everything that was asked of the stand-in, oldest first."""
        return list((await self._http.get("/_control/requests")).json()["data"])


@asynccontextmanager
async def stripe_side(clock: HandClock) -> AsyncIterator[StripeSide]:
    """A fresh stand-in that holds the catalogue."""
    app = create_app(wall=lambda: clock().timestamp(), requests_per_second=None)
    async with serving(app) as url:
        side = StripeSide(url, clock)
        try:
            await sync(side.api, side.catalogue)
            yield side
        finally:
            await side.close()
