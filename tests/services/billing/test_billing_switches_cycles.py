"""A switch between monthly and annual is one update of both items, invoiced at once at the price of a quote."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from contracts.billing import (
    BillingCommandRejected,
    CycleSwitched,
    PlanChanged,
    QuantitiesSet,
    SubscriptionChanged,
    SwitchCycle,
)
from contracts.billing_payments import InvoiceChanged, PaymentAwaited, StripeTimedOut
from contracts.billing_rejections import PaymentDeclined
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, ChangedBy, RejectionCode
from tests.services.billing.conftest import DAY, Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"
MONTHLY, ANNUAL = BillingCycle.MONTHLY, BillingCycle.ANNUAL
HALF_OF_MARCH = 31 * DAY / 2


async def switch(billing: Billing, cycle: BillingCycle, quote_id: UUID) -> UUID:
    return await billing.service.handle(
        SwitchCycle(cycle=cycle, quote_id=quote_id), billing.agency_id, sender="gateway"
    )


async def outcome(billing: Billing) -> Any:  # noqa: ANN401  an event of any type
    await billing.service.run_tasks()
    (published,) = await billing.published()
    return published.data


async def rejection_code(billing: Billing) -> RejectionCode:
    published = await outcome(billing)
    assert isinstance(published, BillingCommandRejected)
    assert published.command_type == SwitchCycle.type
    return RejectionCode(published.code)


async def updates(billing: Billing) -> list[Any]:
    return await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")


def incidents(what: str) -> float:
    return REGISTRY.get_sample_value("headcount_billing_incidents_total", {"what": what}) or 0.0


async def test_a_switch_to_annual_charges_the_year_less_the_unused_month(billing: Billing) -> None:
    """A year costs 2 x 32389 + 64789 = 129567; half of 5998 and of 5999 cents is credited, each rounded down."""
    await billing.open(2, 1)
    billing.service.clock.advance(HALF_OF_MARCH)
    quote = await billing.quote_cycle(ANNUAL)
    command_id = await switch(billing, ANNUAL, quote.quote_id)
    published = await outcome(billing)
    assert isinstance(published, CycleSwitched)
    assert (published.operation_id, published.before, published.cycle) == (command_id, MONTHLY, ANNUAL)
    assert published.charged == quote.due_now == 129567 - 2999 - 3000
    assert (published.total_before, published.total) == (11997, 129567)
    now = billing.service.clock()
    assert published.renews_at == now.replace(year=now.year + 1)
    (request,) = await updates(billing)
    assert request["idempotencyKey"] == str(command_id)
    assert [item["quantity"] for item in request["params"]["items"].values()] == ["2", "1"]
    assert all(item["price"] for item in request["params"]["items"].values())
    assert request["params"]["proration_behavior"] == "always_invoice"
    assert request["params"]["payment_behavior"] == "error_if_incomplete"
    assert "proration_date" not in request["params"]


async def test_until_the_baa_is_signed_the_cycle_can_be_quoted_but_not_switched(billing: Billing) -> None:
    await billing.open(2, 1, signed=False)
    quote = await billing.quote_cycle(ANNUAL)
    await switch(billing, ANNUAL, quote.quote_id)
    assert await rejection_code(billing) is RejectionCode.BAA_UNSIGNED
    assert await updates(billing) == []
    await billing.sign_baa()
    await billing.sign_baa()
    await switch(billing, ANNUAL, quote.quote_id)
    assert isinstance(await outcome(billing), CycleSwitched)


async def test_after_a_switch_both_items_are_paid_for_the_same_period(billing: Billing) -> None:
    await billing.open(2, 1)
    billing.service.clock.advance(HALF_OF_MARCH)
    before = incidents("periods_differ")
    quote = await billing.quote_cycle(ANNUAL)
    await switch(billing, ANNUAL, quote.quote_id)
    await outcome(billing)
    items = (await billing.stripe.get(f"subscriptions/{billing.subscription_id}"))["items"]["data"]
    assert len({(item["current_period_start"], item["current_period_end"]) for item in items}) == 1
    assert {item["price"]["recurring"]["interval"] for item in items} == {"year"}
    assert incidents("periods_differ") == before


async def test_a_switch_to_monthly_is_a_credit_that_pays_the_next_invoices(billing: Billing) -> None:
    await billing.open(2, 1, cycle=ANNUAL)
    billing.service.clock.advance(10 * DAY)
    quote = await billing.quote_cycle(MONTHLY)
    await switch(billing, MONTHLY, quote.quote_id)
    published = await outcome(billing)
    assert (published.charged, published.invoice.total) == (0, -quote.credit)
    more = await billing.quote(3, 1)
    assert (more.due_now, more.from_balance) == (0, 2999)


async def test_within_ten_minutes_the_charge_differs_by_no_more_than_quoted(billing: Billing) -> None:
    await billing.open(9, 9)
    billing.service.clock.advance(HALF_OF_MARCH)
    quote = await billing.quote_cycle(ANNUAL)
    before = incidents("charge_differs")
    billing.service.clock.advance(599)
    await switch(billing, ANNUAL, quote.quote_id)
    published = await outcome(billing)
    assert 0 < published.charged - quote.due_now <= quote.may_differ
    assert incidents("charge_differs") == before


async def test_the_plan_and_the_invoice_are_published_before_the_switch(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    command_id = await switch(billing, ANNUAL, quote.quote_id)
    await billing.service.run_tasks()
    invoice, plan, published = (message.data for message in await billing.service.published())
    assert isinstance(invoice, InvoiceChanged)
    assert isinstance(plan, PlanChanged)
    assert (invoice.operation_id, invoice.invoice) == (command_id, published.invoice)
    assert (plan.cycle, plan.total, plan.renews_at) == (ANNUAL, published.total, published.renews_at)
    assert plan.discount == 12 * (2 * 3100 + 5999) - 129567


async def test_the_credit_of_the_unused_year_goes_to_the_balance(billing: Billing) -> None:
    """A year was paid and one month used, so the switch charges nothing."""
    opened = await billing.open(2, 1, cycle=ANNUAL)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    quote = await billing.quote_cycle(MONTHLY)
    await switch(billing, MONTHLY, quote.quote_id)
    assert isinstance(await outcome(billing), CycleSwitched)


async def test_the_cycle_is_not_switched_during_a_purchase(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.command((2, 1), (3, 1))
    await switch(billing, ANNUAL, quote.quote_id)
    (published,) = await billing.published()
    assert published.data.code == RejectionCode.PURCHASE_UNDER_WAY
    assert isinstance(await outcome(billing), QuantitiesSet)


async def test_a_purchase_during_a_switch_is_made_after_the_switch(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await switch(billing, ANNUAL, quote.quote_id)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    switched, bought = (message.data for message in await billing.published())
    assert isinstance(switched, CycleSwitched)
    assert (bought.charged, bought.cycle) == (32389, ANNUAL)


@pytest.mark.parametrize("after_seconds", [600, 0], ids=["after ten minutes", "never made"])
async def test_an_expired_quote_is_rejected(billing: Billing, after_seconds: int) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    billing.service.clock.advance(after_seconds)
    await switch(billing, ANNUAL, quote.quote_id if after_seconds else uuid4())
    assert await rejection_code(billing) is RejectionCode.QUOTE_EXPIRED


async def test_a_quote_of_seats_cannot_be_used_for_a_switch(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    await switch(billing, ANNUAL, quote.quote_id)
    assert await rejection_code(billing) is RejectionCode.QUOTE_STALE


async def test_any_change_since_the_quote_makes_it_stale(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=5)
    await switch(billing, ANNUAL, quote.quote_id)
    await billing.service.run_tasks()
    changed, published = (message.data for message in await billing.published())
    assert (changed.whose, changed.after.base) == (ChangedBy.DASHBOARD, 5)
    assert published.code == RejectionCode.QUOTE_STALE
    assert await updates(billing) == []


async def test_the_same_cycle_is_nothing_to_change(billing: Billing) -> None:
    await billing.open(2, 1)
    await switch(billing, MONTHLY, uuid4())
    assert await rejection_code(billing) is RejectionCode.NOTHING_TO_CHANGE


async def test_an_agency_without_an_account_cannot_switch_the_cycle(billing: Billing) -> None:
    await billing.sign_baa()
    await switch(billing, ANNUAL, uuid4())
    assert await rejection_code(billing) is RejectionCode.BILLING_UNAVAILABLE


async def test_a_declined_card_switches_nothing_and_is_named_as_the_reason(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    command_id = await switch(billing, ANNUAL, quote.quote_id)
    assert await outcome(billing) == BillingCommandRejected(
        command_id=str(command_id),
        command_type=SwitchCycle.type,
        code=RejectionCode.PAYMENT_DECLINED,
        figures=PaymentDeclined("generic_decline"),
    )
    held = await billing.stripe.api.subscription(billing.subscription_id)
    assert held.cycle is MONTHLY


async def test_a_card_that_needs_authentication_leaves_the_switch_to_be_confirmed(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="action_required")
    await switch(billing, ANNUAL, quote.quote_id)
    waits = await outcome(billing)
    assert isinstance(waits, PaymentAwaited)
    assert (waits.confirm, waits.cycle_before, waits.cycle) == (True, MONTHLY, ANNUAL)
    held = await billing.stripe.api.subscription(billing.subscription_id)
    assert held.cycle is MONTHLY
    assert held.pending_until is not None


async def test_a_switch_to_confirm_whose_answer_is_lost_is_sent_once(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="action_required")
    await billing.stripe.fault("drop_answer", path="/v1/subscriptions/*", times=5)
    await switch(billing, ANNUAL, quote.quote_id)
    published = await billing.persist_until_published(PaymentAwaited)
    assert [type(one) for one in published] == [PaymentAwaited]
    invoices = await billing.stripe.invoices(opened.subscription_id)
    assert [invoice["status"] for invoice in invoices] == ["open", "paid"]


async def test_at_the_invoice_limit_the_rejection_names_when_it_passes(billing: Billing) -> None:
    await billing.open(2, 1)
    for base in range(3, 12):
        await billing.stripe.control(
            f"dashboard/subscriptions/{billing.subscription_id}", base=base, proration_behavior="always_invoice"
        )
    quote = await billing.quote_cycle(ANNUAL)
    await switch(billing, ANNUAL, quote.quote_id)
    published = await outcome(billing)
    assert published.code == RejectionCode.INVOICE_LIMIT
    at = datetime.fromisoformat(str(published.figures.as_json()["available_at"]))
    assert (at - billing.service.clock()).total_seconds() == 60


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_answer", "times": 2},
        {"kind": "slow", "seconds": 0.8},
        {"kind": "rate_limit", "times": 3},
        {"kind": "error", "code": "500", "times": 2},
        {"kind": "error", "code": "500", "after_change": True},
    ],
    ids=str,
)
async def test_INVARIANT_whatever_goes_wrong_the_cycle_is_switched_and_charged_once(  # noqa: N802
    billing: Billing, fault: dict[str, Any]
) -> None:
    """INVARIANT: lost responses, faults and limits end in one invoice."""
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.stripe.fault(path=ANY_SUBSCRIPTION, **fault)
    await switch(billing, ANNUAL, quote.quote_id)
    await billing.persist(seconds=61, tries=9)
    published = await outcome(billing)
    assert isinstance(published, CycleSwitched)
    assert published.invoice is not None
    assert published.charged == published.invoice.amount_paid > 0
    assert len(await billing.stripe.invoices(billing.subscription_id)) == 2


async def test_a_timeout_of_ten_minutes_is_published_once(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    began = billing.service.clock()
    await billing.stripe.fault("drop_answer", method="GET", path=ANY_SUBSCRIPTION, times=1000)
    command_id = await switch(billing, ANNUAL, quote.quote_id)
    for _ in range(15):
        await billing.service.run_tasks()
        billing.service.clock.advance(60)
    assert await outcome(billing) == StripeTimedOut(operation_id=command_id, since=began)


async def test_an_edit_after_a_switch_whose_response_was_lost_is_published_after_the_switch(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await switch(billing, ANNUAL, quote.quote_id)
    await billing.service.run_tasks()
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=4)
    await billing.persist()
    switched, edited = (message.data for message in await billing.published())
    assert isinstance(switched, CycleSwitched)
    assert isinstance(edited, SubscriptionChanged)
    assert edited.after == Seats(base=4, voice=1)


async def test_an_edit_after_the_check_is_an_incident(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote_cycle(ANNUAL)
    before = incidents("edited_meanwhile")
    await billing.stripe.fault("slow", path=ANY_SUBSCRIPTION, seconds=0.3)
    await switch(billing, ANNUAL, quote.quote_id)
    performing = asyncio.create_task(billing.service.run_tasks())
    while not await updates(billing):
        await asyncio.sleep(0.01)
    newest = await billing.stripe.api.newest_event()
    await billing.stripe.control(
        f"dashboard/subscriptions/{billing.subscription_id}", base=5, proration_behavior="always_invoice"
    )
    await performing
    await billing.events_since(newest)
    assert incidents("edited_meanwhile") == before + 1
    assert await billing.stripe.quantities(billing.subscription_id) == (2, 1)
