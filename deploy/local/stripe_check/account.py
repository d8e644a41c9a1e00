"""A test account at Stripe, or the stand-in: makes what a point needs, and deletes its customers afterwards."""

from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

API_VERSION = "2026-08-26.dahlia"
STRIPE = "https://api.stripe.com"
_TEST_KEYS = ("sk_test_", "rk_test_")
_SECONDS = 80.0
_REFUSED = 400

Json = dict[str, Any]


class RefusedError(Exception):
    """Stripe's answer was an error: its `code`, its `param`, its message, and the reason of a rate limit."""

    def __init__(self, answer: httpx.Response) -> None:
        error = answer.json().get("error", {})
        super().__init__(error.get("message", ""))
        self.status = answer.status_code
        self.code: str | None = error.get("code")
        self.param: str | None = error.get("param")
        self.reason: str | None = answer.headers.get("stripe-rate-limited-reason")


@dataclass
class Account:
    """The account behind a test key. A live key is refused."""

    http: httpx.AsyncClient
    _customers: list[str] = field(default_factory=list)
    _run: str = field(default_factory=lambda: uuid4().hex[:12])

    @classmethod
    def of(cls, key: str, base: str = STRIPE) -> Self:
        """The account of this key, at Stripe or at a stand-in."""
        if not key.startswith(_TEST_KEYS):
            raise ValueError("Only a test key is accepted: sk_test_... or rk_test_...")
        headers = {"Authorization": f"Bearer {key}", "Stripe-Version": API_VERSION}
        return cls(httpx.AsyncClient(base_url=base, headers=headers, timeout=_SECONDS))

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        """Delete the customers, and with them everything that could bill."""
        for customer in self._customers:
            await self.http.delete(f"/v1/customers/{customer}")
        await self.http.aclose()

    async def post(self, path: str, **params: Any) -> Json:  # noqa: ANN401 - Stripe's parameters
        """Make a call; RefusedError if Stripe refuses it."""
        return self._read(await self.http.post(f"/v1/{path}", data=dict(_flat(params))))

    async def get(self, path: str, **params: Any) -> Json:  # noqa: ANN401 - Stripe's parameters
        """Read; RefusedError if Stripe refuses it."""
        return self._read(await self.http.get(f"/v1/{path}", params=dict(_flat(params))))

    async def refusal(self, path: str, **params: Any) -> RefusedError | None:  # noqa: ANN401 - Stripe's parameters
        """Make a call that may be refused; the refusal, or None when Stripe accepts it."""
        try:
            await self.post(path, **params)
        except RefusedError as refused:
            return refused
        return None

    async def customer(self, token: str | None = "pm_card_visa") -> str:  # noqa: S107 - a public test token
        """A customer who pays with this test method; None for nobody to pay."""
        made = await self.post("customers", name=f"headcount stripe-check {self._run}")
        self._customers.append(made["id"])
        if token is not None:
            await self.pay_with(made["id"], token)
        return str(made["id"])

    async def pay_with(self, customer: str, token: str) -> None:
        """Attach a test method, and make it the default."""
        method = await self.post(f"payment_methods/{token}/attach", customer=customer)
        await self.post(f"customers/{customer}", invoice_settings={"default_payment_method": method["id"]})

    async def price(self, cents: int, interval: str = "month") -> str:
        """A new price of a new product."""
        product = {"name": "headcount stripe-check"}
        made = await self.post(
            "prices", currency="usd", unit_amount=cents, recurring={"interval": interval}, product_data=product
        )
        return str(made["id"])

    async def subscribe(self, customer: str, *cents: int, **more: Any) -> Json:  # noqa: ANN401 - Stripe's parameters
        """A subscription to amount seat each of monthly prices of so many cents."""
        items = [{"price": await self.price(amount), "quantity": 1} for amount in cents]
        return await self.post("subscriptions", customer=customer, items=items, **more)

    async def preview(self, held: Json, quantity: int, **more: Any) -> Json:  # noqa: ANN401 - Stripe's parameters
        """The preview of another quantity of the first item, billed at once."""
        items = [{"id": item_of(held), "quantity": quantity}]
        details = {"items": items, "proration_behavior": "always_invoice", **more}
        return await self.post("invoices/create_preview", subscription=held["id"], subscription_details=details)

    def change(self, held: Json, quantity: int, **more: Any) -> tuple[str, Json]:  # noqa: ANN401 - as above
        """The path and the parameters that change the quantity of the first item, billed at once."""
        items = [{"id": item_of(held), "quantity": quantity}]
        common = {"proration_behavior": "always_invoice", "expand": ["latest_invoice"]}
        return f"subscriptions/{held['id']}", {"items": items, **common, **more}

    def _read(self, answer: httpx.Response) -> Json:
        if answer.status_code >= _REFUSED:
            raise RefusedError(answer)
        body: Json = answer.json()
        return body


def item_of(held: Json, place: int = 0) -> str:
    """The id of an item of a subscription."""
    return str(held["items"]["data"][place]["id"])


def half_of(held: Json) -> int:
    """The second in the middle of the first item's period."""
    item = held["items"]["data"][0]
    return int(item["current_period_start"] + item["current_period_end"]) // 2


def amounts(invoice: Json) -> list[int]:
    """The amounts of an invoice's lines."""
    return [line["amount"] for line in invoice["lines"]["data"]]


def _flat(params: Json, within: str = "") -> list[tuple[str, str]]:
    """Stripe's form encoding."""
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        full = f"{within}[{name}]" if within else name
        if isinstance(value, dict):
            pairs += _flat(value, full)
        elif isinstance(value, list):
            pairs += _flat({str(place): element for place, element in enumerate(value)}, full)
        else:
            pairs.append((full, str(value).lower() if isinstance(value, bool) else str(value)))
    return pairs
