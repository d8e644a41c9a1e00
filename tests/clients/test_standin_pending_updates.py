"""`pending_if_incomplete`: the change waits for the payment of its invoice, for 23 hours at most.

The pages: "Pending updates", "Pending updates reference", and the changelog of 2026-05-27.dahlia (metadata).
"""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, NEW_YEAR, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_proration import change, invoice_of

HOUR = 3600


async def waiting(standin: StandIn, agency: Agency, kind: str = "action_required", **more: object) -> stripe.Invoice:
    """Three Base instead of two, which wait for the payment of the returned invoice."""
    await standin.card(agency.customer, kind)
    changed = await change(standin, agency, base=3, voice=1, payment_behavior="pending_if_incomplete", **more)
    assert changed.pending_update is not None
    return invoice_of(changed)


async def held(standin: StandIn, agency: Agency) -> stripe.Subscription:
    return await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)


@pytest.mark.parametrize("kind", ["action_required", "declining"])
async def test_a_failed_payment_leaves_the_subscription_as_it_was_with_an_open_invoice(
    standin: StandIn, agency: Agency, kind: str
) -> None:
    invoice = await waiting(standin, agency, kind)
    subscription = await held(standin, agency)
    assert (subscription.status, await quantities(standin, agency)) == ("active", [2, 1])
    assert subscription.latest_invoice == invoice.id
    assert (invoice.status, invoice.hosted_invoice_url is not None) == ("open", True)
    pending = subscription.pending_update
    assert pending is not None
    assert pending.expires_at == NEW_YEAR + 23 * HOUR
    assert [item.quantity for item in pending.subscription_items or []] == [3, 1]


async def test_the_change_is_made_when_the_cardholder_authenticates_on_the_hosted_page(
    standin: StandIn, agency: Agency
) -> None:
    invoice = await waiting(standin, agency)
    page = invoice.hosted_invoice_url
    assert page is not None
    asked = await standin.control.post(f"{page}/pay")
    assert (asked.status_code, "Authenticate and pay" in asked.text) == (402, True)
    assert (await standin.control.post(f"{page}/pay", data={"authenticated": "yes"})).status_code == 303
    subscription = await held(standin, agency)
    assert (subscription.pending_update, await quantities(standin, agency)) == (None, [3, 1])
    await standin.webhooks.until("customer.subscription.pending_update_applied")


async def test_the_change_is_made_when_a_new_card_pays_the_invoice(standin: StandIn, agency: Agency) -> None:
    invoice = await waiting(standin, agency, "declining")
    await standin.card(agency.customer, "good")
    await standin.stripe.v1.invoices.pay_async(invoice.id)
    assert await quantities(standin, agency) == [3, 1]
    # What the change debited is credited when it is taken back.
    back = invoice_of(await change(standin, agency, base=2, voice=1))
    assert sorted(line.quantity or 0 for line in back.lines.data) == [2, 3]


async def test_a_change_that_is_not_paid_in_23_hours_is_given_up_and_its_invoice_is_void(
    standin: StandIn, agency: Agency
) -> None:
    invoice = await waiting(standin, agency)
    await standin.advance(23 * HOUR)
    subscription = await held(standin, agency)
    assert (subscription.pending_update, await quantities(standin, agency)) == (None, [2, 1])
    assert (await standin.stripe.v1.invoices.retrieve_async(invoice.id)).status == "void"
    await standin.webhooks.until("customer.subscription.pending_update_expired")


async def test_a_change_waits_no_longer_than_the_period(standin: StandIn, agency: Agency) -> None:
    await standin.advance(30 * DAY + 4 * HOUR)
    await waiting(standin, agency)
    pending = (await held(standin, agency)).pending_update
    assert pending is not None
    assert pending.expires_at == NEW_YEAR + 31 * DAY


async def test_another_change_or_a_void_invoice_discards_the_waiting_one(standin: StandIn, agency: Agency) -> None:
    first = await waiting(standin, agency)
    await standin.card(agency.customer, "good")
    await change(standin, agency, base=1, voice=1)
    assert (await standin.stripe.v1.invoices.retrieve_async(first.id)).status == "void"
    second = await waiting(standin, agency)
    await standin.stripe.v1.invoices.void_invoice_async(second.id)
    assert ((await held(standin, agency)).pending_update, await quantities(standin, agency)) == (None, [1, 1])


async def test_a_payment_that_succeeds_leaves_nothing_waiting(standin: StandIn, agency: Agency) -> None:
    changed = await change(standin, agency, base=3, voice=1, payment_behavior="pending_if_incomplete")
    assert (changed.pending_update, invoice_of(changed).status) == (None, "paid")


@pytest.mark.parametrize(
    "more", [{"description": "x"}, {"cancel_at_period_end": True}, {"off_session": True}, {"discounts": ""}]
)
async def test_a_parameter_that_cannot_wait_gets_a_400(
    standin: StandIn, agency: Agency, more: dict[str, object]
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await change(standin, agency, base=3, voice=1, payment_behavior="pending_if_incomplete", **more)
    assert refused.value.param == next(iter(more))


async def test_metadata_waits_with_the_change(standin: StandIn, agency: Agency) -> None:
    invoice = await waiting(standin, agency, metadata={"operation_id": "o"})
    before = await held(standin, agency)
    assert "operation_id" not in (before.metadata or {})
    await standin.card(agency.customer, "good")
    await standin.stripe.v1.invoices.pay_async(invoice.id)
    after = await held(standin, agency)
    assert after.metadata is not None
    assert after.metadata.to_dict() == {"operation_id": "o"}
