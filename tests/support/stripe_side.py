"""The stand-in on a port, with the test's clock, and helpers to read it and to inject faults."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import stripe

import deploy
from deploy.local.stripe_standin import create_app
from deploy.local.stripe_standin.serving import serving
from services.billing.catalogue import Catalogue, read_catalogue
from services.billing.catalogue_prices import sync
from services.billing.clients.stripe import StripeApi
from services.billing.clients.stripe_http import StripeHttp
from tests.support.clock import HandClock

KEY = "sk_test_of_a_test"
PATIENCE_SECONDS = 20.0
GIVEN_UP_SECONDS = 0.5
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: a context that does takes ten milliseconds to make, and the stand-in is on loopback."""
CATALOGUE = Path(deploy.__file__).with_name("catalogue.toml")


class PatientHttp(StripeHttp):
    """Billing's connections in a test: they wait for a starved machine, until a test makes them give up early."""

    def __init__(self) -> None:
        super().__init__(httpx.Timeout(PATIENCE_SECONDS))
        self.patience = PATIENCE_SECONDS

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401  as the SDK has it
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send one request; `stripe.APIConnectionError` when its answer takes longer than the patience."""
        try:
            async with asyncio.timeout(self.patience):
                return await super().request_async(method, url, headers, post_data)
        except TimeoutError as late:
            raise stripe.APIConnectionError("ReadTimeout") from late  # type: ignore[no-untyped-call]  # the SDK


class StripeSide:
    """The stand-in, billing's own client of it, and its catalogue."""

    def __init__(self, url: str, clock: HandClock, catalogue: Catalogue) -> None:
        self.url = url
        self.clock = clock
        self.http = PatientHttp()
        self.api = StripeApi(KEY, url, http=self.http)
        self.catalogue = catalogue
        self._http = httpx.AsyncClient(
            base_url=url, headers={"Authorization": f"Bearer {KEY}"}, verify=_NO_TLS, trust_env=False
        )

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()
        await self._http.aclose()

    async def control(self, path: str, **control: Any) -> Any:  # noqa: ANN401  JSON both ways
        """Use one of the stand-in's controls."""
        answer = await self._http.post(f"/_control/{path}", json=control)
        answer.raise_for_status()
        return answer.json()

    async def fault(self, kind: str, method: str | None = "POST", path: str = "/v1/*", **more: Any) -> None:  # noqa: ANN401  as the control takes
        """Add a fault for the matching requests; it strikes once, unless `more` says otherwise.

        With an answer that is slower than `GIVEN_UP_SECONDS`, billing's client gives requests up after that time.
        """
        if kind == "slow" and more["seconds"] > GIVEN_UP_SECONDS:
            self.http.patience = GIVEN_UP_SECONDS
        await self.control("faults", kind=kind, match={"path": path} | ({"method": method} if method else {}), **more)

    async def heal(self) -> None:
        """Clear all faults, and have billing's client wait for answers again."""
        self.http.patience = PATIENCE_SECONDS
        (await self._http.delete("/_control/faults")).raise_for_status()

    async def at_rest(self) -> None:
        """Wait until all requests have ended, also those whose client has disconnected."""
        async with asyncio.timeout(20):
            while any(request["status"] is None for request in await self.control_log()):
                await asyncio.sleep(0.01)

    async def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401  Stripe's JSON
        """Read from the stand-in's API directly, not through billing's client."""
        answer = await self._http.get(f"/v1/{path}", params=params)
        answer.raise_for_status()
        return answer.json()

    async def post(self, path: str, **form: Any) -> Any:  # noqa: ANN401  Stripe's JSON
        """Write through the stand-in's API directly, as a person in Stripe's dashboard or another program does."""
        answer = await self._http.post(f"/v1/{path}", data=form)
        answer.raise_for_status()
        return answer.json()

    async def other_price(self, cents: int = 5000, name: str = "EHR integration", interval: str = "month") -> str:
        """Create a price of a product that is not ours; its id."""
        form = {"recurring[interval]": interval, "product_data[name]": name}
        return str((await self.post("prices", currency="usd", unit_amount=cents, **form))["id"])

    async def seat_price(self, seat: str, cents: int, cycle: str = "monthly", lookup_key: str | None = None) -> str:
        """Create a price of our product beside the catalogue's; its id. Without a key it is a negotiated one."""
        form: dict[str, Any] = {"recurring[interval]": "month" if cycle == "monthly" else "year"}
        form |= {"product": f"headcount_{seat}", "currency": "usd", "unit_amount": cents}
        form |= {"metadata[seat_type]": seat} | ({"lookup_key": lookup_key} if lookup_key else {})
        return str((await self.post("prices", **form))["id"])

    async def reprice(self, subscription_id: str, **prices: str) -> None:
        """Give items other prices by seat type, as a person in Stripe's dashboard does."""
        await self.control(f"dashboard/subscriptions/{subscription_id}", reprice=prices, proration_behavior="none")

    async def remove_item(self, subscription_id: str, seat: str) -> None:
        """Remove the item of a seat type, as a person in Stripe's dashboard does."""
        held = await self.get(f"subscriptions/{subscription_id}")
        item = next(item["id"] for item in held["items"]["data"] if item["metadata"].get("seat_type") == seat)
        await self.post(f"subscriptions/{subscription_id}", **{"items[0][id]": item, "items[0][deleted]": "true"})

    async def subscribe(self, customer_id: str, **seats: int) -> str:
        """Create a subscription as on Stripe's dashboard: monthly prices and quantities, no metadata."""
        held = await self.api.prices([f"headcount_{seat}_monthly" for seat in seats])
        form: dict[str, str | int] = {"customer": customer_id}
        for place, (seat, count) in enumerate(seats.items()):
            form[f"items[{place}][price]"] = held[f"headcount_{seat}_monthly"].id
            form[f"items[{place}][quantity]"] = count
        answer = await self._http.post("/v1/subscriptions", data=form)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def confirm(self, page: str) -> None:
        """Confirm the payment on Stripe's page of an invoice, as the cardholder does."""
        answer = await self._http.post(f"{page}/pay", data={"authenticated": "yes"})
        assert answer.is_redirect, answer.text

    async def invoices(self, subscription_id: str) -> list[Any]:
        """Every invoice of a subscription, newest first."""
        response = await self.get("invoices", subscription=subscription_id, limit=100)
        return list(response["data"])

    async def quantities(self, subscription_id: str) -> tuple[int, int]:
        """Base and Voice as Stripe has them."""
        response = await self.get(f"subscriptions/{subscription_id}")
        counts = {item["price"]["lookup_key"].split("_")[1]: item["quantity"] for item in response["items"]["data"]}
        return counts["base"], counts["voice"]

    async def requests(self, method: str, path: str) -> list[Any]:
        """The logged requests with this method and path."""
        return [
            request for request in await self.control_log() if request["method"] == method and request["path"] == path
        ]

    async def control_log(self) -> list[Any]:
        """All logged requests, oldest first."""
        return list((await self._http.get("/_control/requests")).json()["data"])


@asynccontextmanager
async def stripe_side(clock: HandClock, catalogue: Catalogue | None = None) -> AsyncIterator[StripeSide]:
    """A fresh stand-in that holds the catalogue: the product's, unless another one is given."""
    app = create_app(wall=lambda: clock().timestamp(), requests_per_second=None)
    async with serving(app) as url:
        side = StripeSide(url, clock, catalogue or read_catalogue(CATALOGUE))
        try:
            await sync(side.api, side.catalogue)
            yield side
        finally:
            await side.close()
