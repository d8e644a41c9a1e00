"""Carry the requests of Stripe's SDK over httpx.

The SDK's own `HTTPXClient` passes the body to `data=`, which httpx has deprecated for text and will remove.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import stripe
from prometheus_client import Histogram

CALL_SECONDS: Final = Histogram(
    "headcount_stripe_call_seconds",
    "One call to Stripe, by endpoint and HTTP status; no_answer: Stripe may have carried it out",
    ["endpoint", "outcome"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 80),
)
_ID: Final = re.compile(r"/[a-z]{2,5}_\w{8,}(?=/|$)")


class StripeHttp(stripe.HTTPClient):
    """The connections to Stripe.

    A request without an answer raises `stripe.APIConnectionError`: Stripe may have carried it out.
    """

    name = "httpx"

    def __init__(self, timeout: httpx.Timeout) -> None:
        super().__init__()
        verify = ssl.create_default_context(cafile=stripe.ca_bundle_path)
        self._client = httpx.AsyncClient(timeout=timeout, verify=verify)

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401  as the SDK has it
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Send one request; return the body, the status and the headers of its answer."""
        began, outcome = time.perf_counter(), "no_answer"
        try:
            response = await self._client.request(method, url, headers=headers, content=post_data)
        except Exception as fault:
            # The fault's own text may hold an address, so only its name is passed on.
            raise stripe.APIConnectionError(type(fault).__name__) from fault  # type: ignore[no-untyped-call]  # the SDK
        else:
            outcome = str(response.status_code)
        finally:
            CALL_SECONDS.labels(endpoint_of(method, url), outcome).observe(time.perf_counter() - began)
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def endpoint_of(method: str, url: str) -> str:
    """The endpoint that Stripe counts: requests about different objects are requests to one endpoint."""
    return f"{method.upper()} {_ID.sub('/{id}', urlsplit(url).path)}"
