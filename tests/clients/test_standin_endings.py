"""The end of a subscription and of a customer: pending lines are billed, and nothing is collected automatically."""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, StandIn
from tests.clients.test_standin_proration import balance, change
from tests.clients.test_standin_time import newest

HOUR = 3600


async def test_cancelling_with_proration_credits_and_invoices_the_rest_of_the_period(
    standin: StandIn, agency: Agency
) -> None:
    await standin.advance(HALF_OF_JANUARY)
    gone = await standin.stripe.v1.subscriptions.cancel_async(
        agency.subscription, {"prorate": True, "invoice_now": True}
    )
    assert gone.status == "canceled"
    assert await balance(standin, agency) == -5999


@pytest.mark.parametrize("after", [0, HOUR], ids=["the renewal is a draft", "the renewal has failed once"])
async def test_after_the_end_no_invoice_is_collected_automatically(
    standin: StandIn, agency: Agency, after: int
) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + after)
    before = await newest(standin, agency)
    await standin.stripe.v1.subscriptions.cancel_async(agency.subscription)
    await standin.card(agency.customer, "good")
    await standin.advance(20 * DAY)
    left = await newest(standin, agency)
    assert (left.id, left.status, left.attempt_count) == (before.id, before.status, before.attempt_count)
    assert (left.auto_advance, left.next_payment_attempt, left.automatically_finalizes_at) == (False, None, None)
    # It can still be paid by hand, which does not reactivate the subscription.
    assert (await standin.stripe.v1.invoices.pay_async(left.id)).status == "paid"
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "canceled"


async def test_only_pending_lines_are_billed_when_the_period_ends(standin: StandIn, agency: Agency) -> None:
    """At the half: 1 Voice more is -3000 + 5999."""
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=2, voice=2, proration_behavior="create_prorations")
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"cancel_at_period_end": True})
    await standin.advance(HALF_OF_JANUARY)
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "canceled"
    await standin.advance(HOUR)
    last = await newest(standin, agency)
    assert [line.amount for line in last.lines.data] == [-3000, 5999]
    assert (last.status, last.amount_paid, last.billing_reason) == ("paid", 2999, "subscription_cycle")
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "canceled"


async def test_deleting_a_customer_ends_the_subscriptions(standin: StandIn, agency: Agency) -> None:
    gone = await standin.stripe.v1.customers.delete_async(agency.customer)
    assert gone.deleted
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    assert held.status == "canceled"
    deleted = await standin.stripe.v1.customers.retrieve_async(agency.customer)
    assert deleted.deleted
    await standin.webhooks.until("customer.deleted")


@pytest.mark.parametrize("after", [0, HOUR], ids=["the renewal is a draft", "the renewal has failed once"])
@pytest.mark.parametrize("by_hand", [False, True])
async def test_renewals_go_on_after_a_customer_with_an_unfinished_invoice_was_deleted(
    standin: StandIn, agency: Agency, after: int, *, by_hand: bool
) -> None:
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + after)
    unfinished = await newest(standin, agency)
    if by_hand:
        await standin.control.delete(f"/_control/dashboard/customers/{agency.customer}")
    else:
        await standin.stripe.v1.customers.delete_async(agency.customer)
    await standin.advance(20 * DAY)
    left = await standin.stripe.v1.invoices.retrieve_async(unfinished.id)
    assert (left.status, left.attempt_count) == (unfinished.status, unfinished.attempt_count)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await standin.stripe.v1.invoices.pay_async(unfinished.id)
    assert refused.value.code == "resource_missing"
