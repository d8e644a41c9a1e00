"""A switch of the cycle moves an older or negotiated price only to the other price of its own pair."""

from collections.abc import AsyncIterator
from random import Random
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from contracts.billing import CycleSwitched, QuoteCycle, SubscriptionChanged, SwitchCycle
from contracts.billing_quotes import Quoted, QuoteRejected
from contracts.billing_rejections import BillingUnavailable
from contracts.vocabulary import BillingCycle, RejectionCode, StripeFault
from hosting.sealing import Sealing
from services.billing.app import definition
from services.billing.catalogue import Catalogue, PricePair
from tests.services.billing.conftest import Billing
from tests.support.clock import HandClock
from tests.support.one_service import OneService
from tests.support.stripe_side import stripe_side

PAIR = PricePair(monthly="base_2025_monthly", annual="base_2025_annual")


@pytest.fixture
async def billing(migrated: str) -> AsyncIterator[Billing]:
    """Billing whose catalogue keeps an older pair of Base prices."""
    clock = HandClock()
    sealing = Sealing([Fernet.generate_key().decode()])
    async with stripe_side(clock) as side:
        sold: Catalogue = side.catalogue
        kept = sold.model_copy(update={"base": sold.base.model_copy(update={"kept": (PAIR,)})})
        made = definition(side.api, kept, sealing, "https://seats.example", Random(1))
        service = await OneService.open(made, migrated, clock)
        yield Billing(service, side, sealing, uuid4())
        await service.close()


async def test_an_older_price_is_switched_to_the_annual_price_of_its_pair(billing: Billing) -> None:
    await billing.open(2, 1)
    older = await billing.stripe.seat_price("base", 2500, lookup_key=PAIR.monthly)
    annual = await billing.stripe.seat_price("base", 28_000, "annual", lookup_key=PAIR.annual)
    await billing.stripe.reprice(billing.subscription_id, base=older)
    quote = await billing.quote_cycle(BillingCycle.ANNUAL)
    assert (quote.total_before, quote.total) == (2 * 2500 + 5999, 2 * 28_000 + 64_789)
    assert not quote.saves_tenth, "a year of the older price is not ten percent less"
    await billing.service.handle(
        SwitchCycle(cycle=BillingCycle.ANNUAL, quote_id=quote.quote_id), billing.agency_id, sender="gateway"
    )
    await billing.service.run_tasks()
    published = [message.data for message in await billing.published()]
    assert [type(event) for event in published if not isinstance(event, Quoted)] == [CycleSwitched]
    held = await billing.stripe.get(f"subscriptions/{billing.subscription_id}")
    assert annual in {item["price"]["id"] for item in held["items"]["data"]}
    assert billing.account is not None
    await billing.event(billing.account.customer_id)
    await billing.service.run_tasks()
    assert not [event.data for event in await billing.published() if isinstance(event.data, SubscriptionChanged)]


async def test_an_older_price_whose_pair_is_not_at_stripe_is_not_switched(billing: Billing) -> None:
    await billing.open(2, 1)
    older = await billing.stripe.seat_price("base", 2500, lookup_key=PAIR.monthly)
    await billing.stripe.reprice(billing.subscription_id, base=older)
    assert (await rejected(billing)).figures == BillingUnavailable(fault=StripeFault.CATALOGUE)


async def test_a_negotiated_price_is_not_switched(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.reprice(billing.subscription_id, base=await billing.stripe.seat_price("base", 2000))
    assert (await rejected(billing)).code is RejectionCode.CUSTOM_PRICE


async def rejected(billing: Billing) -> QuoteRejected:
    command = QuoteCycle(cycle=BillingCycle.ANNUAL, session="s")
    await billing.service.handle(command, billing.agency_id, sender="gateway")
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, QuoteRejected)
    return published.data
