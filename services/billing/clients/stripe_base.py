"""What every call to Stripe has in common: the client, one attempt, and a failure that comes back with its meaning."""

from __future__ import annotations

from collections.abc import Awaitable
from copy import copy
from dataclasses import dataclass
from typing import Final, Self, TypeVar

import httpx
import stripe

from services.billing.clients.stripe_http import StripeHttp
from services.billing.clients.stripe_pace import InTurn, Paces
from services.billing.domain.outcome_of import Failure, Outcome, Unknown, outcome_of

API_VERSION: Final = "2026-08-26.dahlia"
"""Pinned: an upgrade of the SDK must not change what Stripe answers."""
PAGE: Final = 100
"""As many as Stripe puts on a page."""

Answer = TypeVar("Answer")


class StripeFailedError(Exception):
    """A call to Stripe failed; `outcome` says what that means. Bears no text of Stripe's, which may name people."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call may take, in seconds. Stripe itself gives up on a request after 80 s."""

    connect: float = 5.0
    read: float = 80.0


class Calls:
    """The client that all calls share. With `paces`, each call waits for its turn among those of its lane."""

    def __init__(
        self, api_key: str, base: str | None = None, patience: Patience | None = None, paces: Paces | None = None
    ) -> None:
        waits = patience or Patience()
        self._api_key = api_key
        self._base = base
        self._paces = paces
        self._http = StripeHttp(httpx.Timeout(waits.read, connect=waits.connect))
        self._stripe = self._client("")

    def on(self, lane: str) -> Self:
        """The same client, whose calls are one lane's; itself, where no call waits for its turn."""
        if self._paces is None:
            return self
        other = copy(self)
        other._stripe = self._client(lane)  # noqa: SLF001  its own class
        return other

    def _client(self, lane: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            self._api_key,
            stripe_version=API_VERSION,
            max_network_retries=0,
            http_client=InTurn(self._http, self._paces, lane) if self._paces is not None else self._http,
            base_addresses={"api": self._base.rstrip("/")} if self._base else {},
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close_async()


async def asked(call: Awaitable[Answer]) -> Answer:
    """Make the call, once; StripeFailedError when it fails."""
    try:
        return await call
    except stripe.APIConnectionError as lost:
        raise StripeFailedError(Unknown("no_answer")) from lost
    except stripe.StripeError as said:
        raise StripeFailedError(outcome_of(_failure(said))) from said


def _failure(said: stripe.StripeError) -> Failure:
    error = said.error
    headers = {name.lower(): value for name, value in (said.headers or {}).items()}
    return Failure(
        status=said.http_status,
        type=getattr(error, "type", None),
        code=getattr(error, "code", None),
        decline_code=getattr(error, "decline_code", None),
        param=getattr(error, "param", None),
        replayed=headers.get("idempotent-replayed") == "true",
        limited=headers.get("stripe-rate-limited-reason"),
    )
