"""Faults on demand and Stripe's limits, and the state after each of them."""

import asyncio

import pytest
import stripe

from tests.clients.conftest import Agency, Prices
from tests.clients.standin import DAY, StandIn
from tests.clients.test_standin_proration import change, invoice_of


async def quantities(standin: StandIn, agency: Agency) -> list[int | None]:
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    return [item.quantity for item in held["items"].data]


def decline_code(declined: stripe.CardError) -> str | None:
    assert declined.error is not None
    return declined.error.decline_code


async def count_invoices(standin: StandIn, agency: Agency) -> int:
    return len((await standin.stripe.v1.invoices.list_async({"customer": agency.customer})).data)


async def test_a_declined_card_changes_nothing(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    before = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    events = await standin.stripe.v1.events.list_async()
    with pytest.raises(stripe.CardError) as declined:
        await change(standin, agency, base=3, voice=2)
    assert declined.value.http_status == 402
    assert (declined.value.code, decline_code(declined.value)) == ("card_declined", "generic_decline")
    assert await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription) == before
    assert await count_invoices(standin, agency) == 1
    assert (await standin.stripe.v1.customers.retrieve_async(agency.customer)).balance == 0
    assert await standin.stripe.v1.events.list_async() == events


async def test_a_card_that_needs_authentication_changes_nothing(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "action_required")
    with pytest.raises(stripe.CardError) as refused:
        await change(standin, agency, base=3, voice=2)
    assert refused.value.code == "subscription_payment_intent_requires_action"
    assert await quantities(standin, agency) == [2, 1]


async def test_a_declining_card_does_not_stop_a_credit(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(DAY)
    assert invoice_of(await change(standin, agency, base=1, voice=1)).status == "paid"
    assert await quantities(standin, agency) == [1, 1]


async def test_allow_incomplete_raises_the_quantity_although_the_card_declines(
    standin: StandIn, agency: Agency
) -> None:
    await standin.card(agency.customer, "declining")
    changed = await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete")
    assert (changed.status, invoice_of(changed).status) == ("past_due", "open")
    assert await quantities(standin, agency) == [3, 1]
    await standin.card(agency.customer, "good")
    paid = await standin.stripe.v1.invoices.pay_async(invoice_of(changed).id)
    assert paid.status == "paid"
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "active"


async def test_a_declined_payment_of_an_open_invoice_counts_as_an_attempt(standin: StandIn, agency: Agency) -> None:
    await standin.card(agency.customer, "declining")
    changed = await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete")
    with pytest.raises(stripe.CardError):
        await standin.stripe.v1.invoices.pay_async(invoice_of(changed).id)
    assert (await standin.stripe.v1.invoices.retrieve_async(invoice_of(changed).id)).attempt_count == 2


@pytest.mark.parametrize("token", ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"])
async def test_a_card_that_does_not_pay_leaves_no_subscription(standin: StandIn, prices: Prices, token: str) -> None:
    customer = await standin.stripe.v1.customers.create_async(
        {"payment_method": token, "invoice_settings": {"default_payment_method": token}}
    )
    with pytest.raises(stripe.CardError):
        await standin.stripe.v1.subscriptions.create_async(
            {
                "customer": customer.id,
                "items": [{"price": prices.base, "quantity": 2}, {"price": prices.voice}],
                "payment_behavior": "error_if_incomplete",
            }
        )
    listed = await standin.stripe.v1.subscriptions.list_async({"customer": customer.id, "status": "all"})
    assert listed.data == []


async def test_a_card_that_is_declined_when_it_is_saved_leaves_no_customer(standin: StandIn) -> None:
    with pytest.raises(stripe.CardError):
        await standin.stripe.v1.customers.create_async({"payment_method": "pm_card_visa_chargeDeclined"})
    assert (await standin.stripe.v1.customers.list_async()).data == []


async def test_a_customer_without_a_card_cannot_subscribe(standin: StandIn, prices: Prices) -> None:
    customer = await standin.stripe.v1.customers.create_async({})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await standin.stripe.v1.subscriptions.create_async({"customer": customer.id, "items": [{"price": prices.base}]})
    assert refused.value.code == "resource_missing"


async def test_a_decline_fault_strikes_only_the_next_charge_with_its_code(standin: StandIn, agency: Agency) -> None:
    await standin.fault("decline", code="insufficient_funds", match={"customer": agency.customer})
    with pytest.raises(stripe.CardError) as declined:
        await change(standin, agency, base=3, voice=1)
    assert decline_code(declined.value) == "insufficient_funds"
    assert (await change(standin, agency, base=3, voice=1)).status == "active"


async def test_a_dropped_response_leaves_the_change_made_and_its_key_replays_the_response(
    standin: StandIn, agency: Agency
) -> None:
    await standin.fault("drop_answer", match={"subscription": agency.subscription})
    update = {
        "items": [{"id": agency.base, "quantity": 3}],
        "proration_behavior": "always_invoice",
        "payment_behavior": "error_if_incomplete",
    }
    with pytest.raises(stripe.APIConnectionError):
        await standin.stripe.v1.subscriptions.update_async(
            agency.subscription,
            update,  # type: ignore[arg-type]
            {"idempotency_key": "op-1"},
        )
    assert await quantities(standin, agency) == [3, 1]
    again = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription,
        update,  # type: ignore[arg-type]
        {"idempotency_key": "op-1"},
    )
    assert again["items"].data[0].quantity == 3
    assert await count_invoices(standin, agency) == 2


async def test_a_server_error_changes_nothing_and_is_stored_under_its_key(standin: StandIn, agency: Agency) -> None:
    await standin.fault("error", match={"path": f"/v1/subscriptions/{agency.subscription}"})
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            await standin.stripe.v1.subscriptions.update_async(
                agency.subscription, {"metadata": {"a": "b"}}, {"idempotency_key": "op-1"}
            )
        assert failed.value.http_status == 500
    changed = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"metadata": {"a": "b"}}, {"idempotency_key": "op-2"}
    )
    assert changed.metadata.to_dict() == {"a": "b"}


async def test_a_503_from_stripes_edge_is_not_stored_under_its_key(standin: StandIn, agency: Agency) -> None:
    await standin.fault("error", code="503")
    with pytest.raises(stripe.APIError):
        await standin.stripe.v1.customers.update_async(agency.customer, {"name": "A"}, {"idempotency_key": "op-1"})
    changed = await standin.stripe.v1.customers.update_async(
        agency.customer, {"name": "A"}, {"idempotency_key": "op-1"}
    )
    assert changed.name == "A"


async def test_a_rate_limit_fault_strikes_as_often_as_set_and_is_not_stored_under_its_key(
    standin: StandIn, agency: Agency
) -> None:
    await standin.fault("rate_limit", times=2, match={"method": "POST"})
    for _ in range(2):
        with pytest.raises(stripe.RateLimitError):
            await standin.stripe.v1.customers.update_async(agency.customer, {"name": "A"}, {"idempotency_key": "op"})
    await standin.stripe.v1.customers.update_async(agency.customer, {"name": "A"}, {"idempotency_key": "op"})


async def test_requests_above_the_limit_of_a_second_get_a_429(standin: StandIn) -> None:
    await standin.control.post("/_control/rate-limit", json={"perSecond": 3})
    answers = await asyncio.gather(
        *(standin.stripe.v1.customers.list_async() for _ in range(12)), return_exceptions=True
    )
    assert any(isinstance(answer, stripe.RateLimitError) for answer in answers)
    assert any(isinstance(answer, stripe.ListObject) for answer in answers)


async def test_an_endpoint_takes_25_requests_a_second_without_limiting_another(standin: StandIn) -> None:
    await standin.control.post("/_control/rate-limit", json={"perSecond": 10_000})
    answers = await asyncio.gather(
        *(standin.stripe.v1.customers.list_async() for _ in range(200)), return_exceptions=True
    )
    limits = {
        (result.headers or {})["stripe-rate-limited-reason"]
        for result in answers
        if isinstance(result, stripe.RateLimitError)
    }
    assert limits == {"endpoint-rate"}
    await standin.stripe.v1.prices.list_async()


async def test_concurrent_writes_to_an_object_get_a_lock_timeout(standin: StandIn, agency: Agency) -> None:
    await standin.fault("slow", seconds=0.2, match={"subscription": agency.subscription})
    answers = await asyncio.gather(
        change(standin, agency, base=3, voice=1), change(standin, agency, base=4, voice=1), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, stripe.StripeError)]
    assert [(result.http_status, result.error and result.error.code) for result in refused] == [(429, "lock_timeout")]
    assert await count_invoices(standin, agency) == 2


async def test_a_slow_response_does_not_delay_others(standin: StandIn, agency: Agency) -> None:
    await standin.fault("slow", seconds=5, match={"method": "POST", "path": "/v1/products"})
    slow = asyncio.create_task(standin.stripe.v1.products.create_async({"name": "Late"}))
    while not await standin.requests("/v1/products"):
        await standin.requests()
    await standin.stripe.v1.customers.retrieve_async(agency.customer)
    assert not slow.done()
    slow.cancel()


async def test_faults_can_be_cleared(standin: StandIn, agency: Agency) -> None:
    await standin.fault("rate_limit", times=100)
    await standin.control.delete("/_control/faults")
    await standin.stripe.v1.customers.retrieve_async(agency.customer)


@pytest.mark.parametrize(
    "order",
    [
        {"kind": "explode"},
        {"kind": "decline", "match": {"colour": "red"}},
        {},
    ],
)
async def test_an_invalid_control_gets_a_422(standin: StandIn, order: dict[str, object]) -> None:
    assert (await standin.control.post("/_control/faults", json=order)).status_code == 422


async def test_the_eleventh_invoice_of_a_minute_and_the_twenty_first_of_a_day_get_a_429(
    standin: StandIn, agency: Agency
) -> None:
    """The subscription's first invoice counts too; the day is 24 hours of the stand-in's clock."""
    for seats in range(3, 12):
        await change(standin, agency, base=seats, voice=1)
    with pytest.raises(stripe.RateLimitError) as at_ten:
        await change(standin, agency, base=12, voice=1)
    assert at_ten.value.http_status == 429
    assert at_ten.value.headers is not None
    assert at_ten.value.headers["stripe-rate-limited-reason"] == "resource-specific"
    await standin.advance(60)
    for seats in range(12, 22):
        await change(standin, agency, base=seats, voice=1)
    await standin.advance(3600)
    with pytest.raises(stripe.RateLimitError):
        await change(standin, agency, base=22, voice=1)
    # Changes without an invoice are still allowed. After a day the first ten no longer count.
    await change(standin, agency, base=22, voice=1, proration_behavior="create_prorations")
    await standin.advance(DAY - 3660)
    assert (await change(standin, agency, base=23, voice=1))["items"].data[0].quantity == 23


async def test_the_two_hundred_and_first_quantity_update_of_an_hour_gets_a_429(
    standin: StandIn, agency: Agency
) -> None:
    for step in range(200):
        await change(standin, agency, base=2 + (step + 1) % 2, voice=1, proration_behavior="none")
    with pytest.raises(stripe.RateLimitError):
        await change(standin, agency, base=9, voice=1, proration_behavior="none")
