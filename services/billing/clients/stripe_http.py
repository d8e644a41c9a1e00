"""Carry the requests of Stripe's SDK over httpx.

The SDK's own `HTTPXClient` passes the body to `data=`, which httpx has deprecated for text and will remove.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx
import stripe


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
        try:
            response = await self._client.request(method, url, headers=headers, content=post_data)
        except Exception as fault:
            # The fault's own text may hold an address, so only its name is passed on.
            raise stripe.APIConnectionError(type(fault).__name__) from fault  # type: ignore[no-untyped-call]  # the SDK
        return response.content, response.status_code, response.headers

    async def close_async(self) -> None:
        """Close the connections."""
        await self._client.aclose()
