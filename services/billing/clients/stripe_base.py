"""The base of every call to Stripe: the SDK's client, one attempt per call, and failures with a meaning."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Generic, Self, TypeVar

import httpx
import stripe

from services.billing.clients.stripe_http import StripeHttp
from services.billing.clients.stripe_pace import PacedHttpClient, Paces
from services.billing.domain.outcome_of import Failure, Outcome, Unknown, outcome_of

API_VERSION: Final = "2026-08-26.dahlia"
"""Pinned, so that an upgrade of the SDK does not change Stripe's answers."""
PAGE: Final = 100
"""The most objects that Stripe puts on a page."""

MOST_LISTED: Final = 1000
"""The most objects of one list that are read, the first ones in Stripe's order: ten calls, whatever somebody made."""

Answer = TypeVar("Answer")
Listed = TypeVar("Listed", bound=stripe.StripeObject)


class StripeFailedError(Exception):
    """A call to Stripe failed; `outcome` is its meaning. Stripe's text is left out, because it may name people."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Patience:
    """The timeouts of a call in seconds. Stripe itself gives up on a request after 80."""

    connect: float = 5.0
    read: float = 80.0


class Calls:
    """The SDK's client. With `paces`, each call waits in its lane until the pace allows it."""

    def __init__(
        self,
        api_key: str,
        base: str | None = None,
        patience: Patience | None = None,
        paces: Paces | None = None,
        *,
        http: StripeHttp | None = None,
        lane: str = "",
    ) -> None:
        """`http` is a set of connections that others use too; `patience` is for new ones."""
        timeouts = patience or Patience()
        self._api_key = api_key
        self._base = base
        self._paces = paces
        self._http = http or StripeHttp(httpx.Timeout(timeouts.read, connect=timeouts.connect))
        self._stripe = self._client(lane)

    def on(self, lane: str) -> Self:
        """A client of the same connections with its calls in this lane; without paces, the client itself."""
        if self._paces is None:
            return self
        return type(self)(self._api_key, self._base, paces=self._paces, http=self._http, lane=lane)

    def _client(self, lane: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            self._api_key,
            stripe_version=API_VERSION,
            max_network_retries=0,
            http_client=PacedHttpClient(self._http, self._paces, lane) if self._paces is not None else self._http,
            base_addresses={"api": self._base.rstrip("/")} if self._base else {},
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()


async def call(request: Awaitable[Answer]) -> Answer:
    """Make the call once; StripeFailedError when it fails."""
    try:
        return await request
    except stripe.APIConnectionError as lost:
        raise StripeFailedError(Unknown("no_answer")) from lost
    except stripe.StripeError as error:
        raise StripeFailedError(outcome_of(_failure(error))) from error


@dataclass(frozen=True, slots=True)
class Listing(Generic[Listed]):
    """The objects of a list. `is_whole` is False when the list has more than `MOST_LISTED`."""

    objects: list[Listed]
    is_whole: bool


async def every(first: Awaitable[stripe.ListObject[Listed]], most: int = MOST_LISTED) -> Listing[Listed]:
    """Read a list page by page, up to a bound; `first` requests its first page."""
    page = await call(first)
    objects = list(page.data)
    while page.has_more and page.data and len(objects) < most:
        page = await call(page.next_page_async())
        objects += page.data
    return Listing(objects[:most], is_whole=len(objects) <= most and not page.has_more)


def _failure(raised: stripe.StripeError) -> Failure:
    error = raised.error
    headers = {name.lower(): value for name, value in (raised.headers or {}).items()}
    return Failure(
        status=raised.http_status,
        type=getattr(error, "type", None),
        code=getattr(error, "code", None),
        decline_code=getattr(error, "decline_code", None),
        param=getattr(error, "param", None),
        replayed=headers.get("idempotent-replayed") == "true",
        limited=headers.get("stripe-rate-limited-reason"),
    )
