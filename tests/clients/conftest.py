"""Fixtures of the client tests: the stand-in, an agency in it, and Stripe's own mock."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.clients.published import Published, published
from tests.clients.standin import StandIn, running_standin
from tests.support.stripe_mock import stripe_description, stripe_mock

__all__ = ["stripe_description", "stripe_mock"]


@dataclass(frozen=True)
class Prices:
    """The ids of the prices: $31.00 and $29.99 each from 2, $59.99 and $52.99 each from 3; annual 10 % less."""

    base: str
    voice: str
    base_annual: str
    voice_annual: str


@dataclass(frozen=True)
class Agency:
    """A customer with a good card and a subscription with both items."""

    customer: str
    subscription: str
    base: str
    voice: str
    prices: Prices


@pytest.fixture(scope="session")
def judge() -> Published:
    """The validator of responses against Stripe's description."""
    return published()


@pytest.fixture
async def standin(judge: Published) -> AsyncIterator[StandIn]:
    """A new stand-in whose clock stands at 1 January 2027, 00:00 UTC."""
    async with running_standin(judge) as running:
        yield running


async def _price(standin: StandIn, name: str, interval: str, tiers: list[tuple[int | None, int]]) -> str:
    price = await standin.stripe.v1.prices.create_async(
        {
            "currency": "usd",
            "product_data": {"name": name},
            "recurring": {"interval": "month" if interval == "monthly" else "year"},
            "lookup_key": f"{name.lower()}_{interval}",
            "billing_scheme": "tiered",
            "tiers_mode": "volume",
            "tiers": [{"up_to": "inf" if up_to is None else up_to, "unit_amount": cents} for up_to, cents in tiers],
        }
    )
    return price.id


@pytest.fixture
async def prices(standin: StandIn) -> Prices:
    """The catalogue of these tests."""
    return Prices(
        await _price(standin, "Base", "monthly", [(1, 3100), (None, 2999)]),
        await _price(standin, "Voice", "monthly", [(2, 5999), (None, 5299)]),
        await _price(standin, "Base", "annual", [(1, 33480), (None, 32389)]),
        await _price(standin, "Voice", "annual", [(2, 64789), (None, 57229)]),
    )


@pytest.fixture
async def agency(standin: StandIn, prices: Prices) -> Agency:
    """An agency with 2 Base and 1 Voice, $119.97 a month, from New Year on."""
    customer = await standin.stripe.v1.customers.create_async(
        {
            "email": "admin@clinic.example",
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    subscription = await standin.stripe.v1.subscriptions.create_async(
        {
            "customer": customer.id,
            "items": [{"price": prices.base, "quantity": 2}, {"price": prices.voice, "quantity": 1}],
            "payment_behavior": "error_if_incomplete",
        }
    )
    base, voice = subscription["items"].data
    return Agency(customer.id, subscription.id, base.id, voice.id, prices)
