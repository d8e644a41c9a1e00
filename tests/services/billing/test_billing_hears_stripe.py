"""Stripe's events are hints: they hurry what waits, and change nothing by themselves."""

from uuid import uuid4

from contracts.billing import QuantitiesSet
from tests.services.billing.conftest import Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"


async def test_an_event_of_our_own_change_settles_the_purchase_whose_answer_was_lost(billing: Billing) -> None:
    opened = await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.order((2, 1), (3, 1))
    await billing.service.perform()
    assert await billing.service.perform() == 0
    await billing.event(opened.customer_id)
    await billing.service.perform()
    (said,) = await billing.service.said()
    assert isinstance(said.data, QuantitiesSet)
    assert len(await billing.stripe.invoices(opened.subscription_id)) == 2


async def test_an_event_that_nothing_waits_for_is_ignored(billing: Billing) -> None:
    opened = await billing.open()
    await billing.event(opened.customer_id)
    assert await billing.waiting() == 0
    assert await billing.service.said() == []


async def test_an_event_about_nobody_that_we_know_is_ignored(billing: Billing) -> None:
    opened = await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.order((2, 1), (3, 1))
    await billing.service.perform()
    await billing.event(f"{opened.customer_id}{uuid4().hex}")
    assert await billing.service.perform() == 0
