"""An agency's account at Stripe is opened completely, or nothing of it stays."""

from typing import Any

import pytest

from contracts.billing import AccountOpened, AccountRejected
from contracts.billing_payments import StripeTimedOut
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, RejectionCode
from tests.services.billing.conftest import DAY, Billing

CUSTOMERS = "/v1/customers"
SUBSCRIPTIONS = "/v1/subscriptions"


async def rejection(billing: Billing) -> AccountRejected:
    (published,) = await billing.published()
    assert isinstance(published.data, AccountRejected)
    return published.data


async def bills_nothing(billing: Billing) -> bool:
    """True when no customer and no subscription is left."""
    customers = await billing.stripe.get("customers")
    subscriptions = await billing.stripe.get("subscriptions")
    return not customers["data"] and not subscriptions["data"]


async def test_an_opened_account_is_a_customer_with_a_paid_subscription_of_two_items(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    assert (opened.purchased, opened.cycle, opened.total) == (Seats(base=2, voice=1), BillingCycle.MONTHLY, 11997)
    assert opened.invoice is not None
    assert (opened.invoice.total, opened.invoice.amount_paid) == (11997, 11997)
    assert await billing.stripe.quantities(opened.subscription_id) == (2, 1)
    customer = await billing.stripe.get(f"customers/{opened.customer_id}")
    assert customer["invoice_settings"]["default_payment_method"]


async def test_the_opening_has_the_correlation_of_the_founding_command(billing: Billing) -> None:
    command_id = await billing.found()
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert published.envelope.correlation_id == command_id


async def test_a_year_is_sold_at_ninety_per_cent_of_twelve_months_rounded_down(billing: Billing) -> None:
    opened = await billing.open(2, 1, cycle=BillingCycle.ANNUAL)
    assert (opened.cycle, opened.total) == (BillingCycle.ANNUAL, 2 * 32389 + 64789)


async def test_a_seat_type_without_seats_has_an_item(billing: Billing) -> None:
    opened = await billing.open(1, 0)
    assert opened.total == 3100
    assert await billing.stripe.quantities(opened.subscription_id) == (1, 0)


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeCustomerFail", RejectionCode.PAYMENT_DECLINED, "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", RejectionCode.PAYMENT_DECLINED, "insufficient_funds"),
        ("pm_card_authenticationRequired", RejectionCode.PAYMENT_ACTION_REQUIRED, None),
        ("pm_unheard_of", RejectionCode.PAYMENT_DECLINED, None),
    ],
)
async def test_a_declined_card_rejects_the_account_and_leaves_nothing_that_bills(
    billing: Billing, card: str, code: RejectionCode, decline_code: str | None
) -> None:
    await billing.found(card=card)
    await billing.service.run_tasks()
    no = await rejection(billing)
    assert (no.code, no.decline_code) == (code, decline_code)
    assert await bills_nothing(billing)


async def test_a_rejected_opening_whose_clean_up_was_interrupted_is_cleaned_up_later(billing: Billing) -> None:
    await billing.stripe.fault("error", "DELETE", "/v1/customers/*", code="503")
    await billing.found(card="pm_card_chargeCustomerFail")
    await billing.service.run_tasks()
    assert await billing.published() == []
    await billing.persist()
    assert (await rejection(billing)).code is RejectionCode.PAYMENT_DECLINED
    assert await bills_nothing(billing)


@pytest.mark.parametrize("path", [CUSTOMERS, SUBSCRIPTIONS])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_answer"},
        {"kind": "rate_limit"},
        {"kind": "error", "code": "500"},
        {"kind": "error", "code": "500", "after_change": True},
        {"kind": "error", "code": "503"},
    ],
    ids=["response lost", "rate limit", "500", "500 after the change", "503"],
)
async def test_INVARIANT_an_interrupted_opening_makes_one_subscription_and_one_charge(  # noqa: N802
    billing: Billing, path: str, fault: dict[str, Any]
) -> None:
    """INVARIANT: an interrupted opening makes one customer, one subscription and one invoice."""
    await billing.stripe.fault(path=path, **fault)
    await billing.found()
    await billing.persist()
    (published,) = await billing.published()
    assert isinstance(published.data, AccountOpened)
    assert len((await billing.stripe.get("customers"))["data"]) == 1
    assert len((await billing.stripe.get("subscriptions"))["data"]) == 1
    assert len(await billing.stripe.invoices(published.data.subscription_id)) == 1


async def test_an_opening_whose_response_was_lost_a_day_ago_is_found_at_stripe(billing: Billing) -> None:
    await billing.stripe.fault("drop_answer", path=SUBSCRIPTIONS)
    await billing.found()
    await billing.service.run_tasks()
    billing.service.clock.advance(DAY + 60)
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, AccountOpened)
    assert len(await billing.stripe.invoices(published.data.subscription_id)) == 1


async def test_an_opening_half_made_a_day_ago_is_undone(billing: Billing) -> None:
    await billing.stripe.fault("error", path=SUBSCRIPTIONS, code="503")
    await billing.found()
    await billing.service.run_tasks()
    billing.service.clock.advance(DAY + 60)
    await billing.service.run_tasks()
    assert (await rejection(billing)).code is RejectionCode.BILLING_UNAVAILABLE
    assert await bills_nothing(billing)


async def test_an_opening_that_stripe_never_completes_is_undone(billing: Billing) -> None:
    await billing.stripe.fault("error", path=SUBSCRIPTIONS, code="500", seconds=10 * DAY)
    await billing.found()
    await billing.persist(tries=40)
    # Its twenty tries take longer than ten minutes, so that the operator is told before.
    reported, rejected = [message.data for message in await billing.published()]
    assert isinstance(reported, StripeTimedOut)
    assert rejected == AccountRejected(code=RejectionCode.BILLING_UNAVAILABLE)
    assert await bills_nothing(billing)


async def test_without_the_catalogue_at_stripe_no_customer_is_created(billing: Billing) -> None:
    (price, *_) = (await billing.stripe.get("prices", **{"lookup_keys[0]": "headcount_base_monthly"}))["data"]
    await billing.stripe.api._stripe.v1.prices.update_async(price["id"], {"active": False})
    await billing.found()
    await billing.service.run_tasks()
    assert (await rejection(billing)).code is RejectionCode.BILLING_UNAVAILABLE
    assert await bills_nothing(billing)


async def test_a_repeated_founding_event_opens_no_second_account(billing: Billing) -> None:
    await billing.open()
    await billing.found()
    assert await billing.waiting() == 0


SILENCE: Any = {"kind": "error", "method": None, "path": "/v1/*", "code": "503", "times": 10_000}


async def given_up(billing: Billing) -> None:
    """Let 24 hours of silence pass: StripeTimedOut once, then AccountRejected once, and a task that goes on."""
    await billing.service.run_tasks()
    assert await billing.published() == []
    reported: list[Any] = []
    for _ in range(23):
        billing.service.clock.advance(3600)
        await billing.service.run_tasks()
        reported += [type(message.data) for message in await billing.published()]
    assert reported == [StripeTimedOut]
    billing.service.clock.advance(3600)
    await billing.service.run_tasks()
    assert (await rejection(billing)).code is RejectionCode.BILLING_UNAVAILABLE
    billing.service.clock.advance(3600)
    await billing.service.run_tasks()
    assert await billing.waiting() == 1


async def test_an_opening_is_reported_once_and_given_up_after_24_hours_of_silence(billing: Billing) -> None:
    await billing.stripe.fault(**SILENCE)
    await billing.found()
    await given_up(billing)
    await billing.stripe.heal()
    await billing.persist()
    assert await bills_nothing(billing)
    assert await billing.published() == []


async def test_INVARIANT_what_a_given_up_opening_charged_is_refunded_when_stripe_answers(  # noqa: N802
    billing: Billing,
) -> None:
    """INVARIANT: an agency that was rejected is charged nothing, also if Stripe's answer comes a day late."""
    await billing.stripe.fault("drop_answer", path=SUBSCRIPTIONS)
    await billing.found()
    await billing.service.run_tasks()
    [made] = (await billing.stripe.get("subscriptions"))["data"]
    await billing.stripe.fault(**SILENCE)
    await given_up(billing)
    await billing.stripe.heal()
    await billing.stripe.fault("drop_answer", path="/v1/refunds")
    await billing.stripe.fault("error", "DELETE", "/v1/customers/*", code="503")
    await billing.persist()
    assert await bills_nothing(billing)
    refunds = (await billing.stripe.get("refunds"))["data"]
    [invoice] = await billing.stripe.invoices(made["id"])
    assert [refund["amount"] for refund in refunds] == [invoice["amount_paid"]] == [11997]
    assert await billing.published() == []


async def test_an_undoing_that_stripe_does_not_accept_is_tried_again_in_an_hour(billing: Billing) -> None:
    await billing.stripe.fault("drop_answer", path=CUSTOMERS)
    await billing.found()
    await billing.service.run_tasks()
    await billing.stripe.fault(**SILENCE)
    await given_up(billing)
    await billing.stripe.heal()
    await billing.stripe.fault("error", "DELETE", "/v1/customers/*", code="400")
    billing.service.clock.advance(60)
    await billing.service.run_tasks()
    assert not await bills_nothing(billing)
    billing.service.clock.advance(3600)
    await billing.service.run_tasks()
    assert await bills_nothing(billing)
    assert await billing.waiting() == 0
