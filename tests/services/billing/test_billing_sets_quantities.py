"""A change of quantities is one update that is paid or not made, and charged once whatever goes wrong."""

from dataclasses import replace
from typing import Any

import pytest

from contracts.billing import QuantitiesRejected, QuantitiesSet, SubscriptionEnded
from contracts.billing_payments import StripeTimedOut
from contracts.billing_rejections import BillingUnavailable
from contracts.message import Seats
from contracts.rejections import of_code
from contracts.vocabulary import BillingCycle, ChangedBy, FrozenReason, RejectionCode, StripeFault
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from tests.services.billing.conftest import DAY, Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"


async def outcome(billing: Billing) -> Any:  # noqa: ANN401  an event of any type
    (published,) = await billing.published()
    return published.data


async def invoice_count(billing: Billing) -> int:
    return len(await billing.stripe.invoices(billing.subscription_id))


async def test_a_purchase_is_one_update_of_both_items_and_publishes_the_charge(billing: Billing) -> None:
    await billing.open(2, 1)
    command_id = await billing.command((2, 1), (1, 3))
    await billing.service.run_tasks()
    published = await outcome(billing)
    assert isinstance(published, QuantitiesSet)
    # A full month is left: -2 x 29.99 + 31.00 - 59.99 + 3 x 52.99.
    assert (published.charged, published.total, published.cycle) == (7000, 18997, BillingCycle.MONTHLY)
    assert (published.operation_id, published.before, published.after) == (
        command_id,
        Seats(base=2, voice=1),
        Seats(base=1, voice=3),
    )
    assert published.invoice is not None
    assert published.invoice.amount_paid == 7000
    (request,) = await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")
    assert request["idempotencyKey"] == str(command_id)
    assert request["params"]["proration_behavior"] == "always_invoice"
    assert request["params"]["payment_behavior"] == "error_if_incomplete"
    assert await billing.stripe.quantities(billing.subscription_id) == (1, 3)


async def test_the_result_of_a_purchase_has_the_correlation_of_the_command(billing: Billing) -> None:
    await billing.open()
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert published.envelope.correlation_id == command_id


async def test_a_removal_charges_nothing_and_its_credit_is_on_the_invoice(billing: Billing) -> None:
    await billing.open(3, 1)
    await billing.command((3, 1), (2, 1))
    await billing.service.run_tasks()
    published = await outcome(billing)
    assert (published.charged, published.total) == (0, 11997)
    assert published.invoice.total == -2999


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("declining", RejectionCode.PAYMENT_DECLINED, "generic_decline"),
        ("action_required", RejectionCode.PAYMENT_ACTION_REQUIRED, None),
    ],
)
async def test_a_declined_card_rejects_the_purchase_and_changes_nothing(
    billing: Billing, card: str, code: RejectionCode, decline_code: str | None
) -> None:
    opened = await billing.open()
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind=card)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    published = await outcome(billing)
    assert published == QuantitiesRejected(operation_id=command_id, code=code, figures=of_code(code, decline_code))
    assert await billing.stripe.quantities(opened.subscription_id) == (2, 1)
    assert await billing.waiting() == 0


async def test_a_purchase_after_a_declined_one_succeeds_with_a_good_card(billing: Billing) -> None:
    opened = await billing.open()
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    _, second = await billing.published()
    assert isinstance(second.data, QuantitiesSet)


async def test_quantities_edited_in_the_dashboard_are_stale_and_nothing_is_sent(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=5)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    changed, published = (message.data for message in await billing.published())
    assert published == QuantitiesRejected(
        operation_id=command_id, code=RejectionCode.STALE, actual=Seats(base=5, voice=1)
    )
    assert (changed.whose, changed.before, changed.after) == (
        ChangedBy.DASHBOARD,
        Seats(base=2, voice=1),
        Seats(base=5, voice=1),
    )
    assert await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}") == []


async def test_of_two_purchases_from_the_same_quantities_the_second_is_stale(billing: Billing) -> None:
    await billing.open()
    await billing.command((2, 1), (3, 1))
    await billing.command((2, 1), (2, 2))
    await billing.service.run_tasks()
    first, second = await billing.published()
    assert isinstance(first.data, QuantitiesSet)
    assert (second.data.code, second.data.actual) == (RejectionCode.STALE, Seats(base=3, voice=1))


async def test_a_cancelled_subscription_rejects_the_purchase(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", cancel=True)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    ended, published = (message.data for message in await billing.published())
    assert ended == SubscriptionEnded(reason=FrozenReason.SUBSCRIPTION_CANCELED, whose=ChangedBy.DASHBOARD)
    assert published.code is RejectionCode.BILLING_UNAVAILABLE


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        ("unpaid", RejectionCode.PAST_DUE, None),
        ("incomplete", RejectionCode.PAST_DUE, None),
        ("paused", RejectionCode.BILLING_UNAVAILABLE, StripeFault.PAUSED),
    ],
)
async def test_no_seats_are_added_while_stripe_leaves_invoices_as_drafts(
    billing: Billing, status: str, code: RejectionCode, fault: StripeFault | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the seats would be there and never be paid."""
    opened = await billing.open()
    as_it_is = billing.stripe.api.subscription

    async def uncharged(subscription_id: str) -> StripeSubscriptionSnapshot:
        return replace(await as_it_is(subscription_id), status=status)

    monkeypatch.setattr(billing.stripe.api, "subscription", uncharged)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    rejected = await outcome(billing)
    assert isinstance(rejected, QuantitiesRejected)
    assert (rejected.operation_id, rejected.code, rejected.actual) == (command_id, code, Seats(base=2, voice=1))
    assert fault is None or rejected.figures == BillingUnavailable(fault=fault)
    assert await billing.stripe.quantities(opened.subscription_id) == (2, 1)
    monkeypatch.undo()
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    assert isinstance(await outcome(billing), QuantitiesSet)


async def test_an_agency_without_an_account_buys_nothing(billing: Billing) -> None:
    command_id = await billing.command((0, 0), (1, 0))
    assert await outcome(billing) == QuantitiesRejected(operation_id=command_id, code=RejectionCode.BILLING_UNAVAILABLE)


async def test_a_command_that_changes_nothing_is_rejected_without_a_call(billing: Billing) -> None:
    await billing.open()
    await billing.command((2, 1), (2, 1))
    assert (await outcome(billing)).code is RejectionCode.NOTHING_TO_CHANGE
    assert await billing.waiting() == 0


async def test_a_call_that_stripe_does_not_accept_rejects_the_command_and_is_not_repeated(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=ANY_SUBSCRIPTION, code="400")
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    assert (await outcome(billing)).rejection == BillingUnavailable(fault=StripeFault.NOT_ACCEPTED)
    assert await billing.waiting() == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_answer"},
        {"kind": "drop_answer", "times": 3},
        {"kind": "slow", "seconds": 0.8},
        {"kind": "rate_limit", "times": 3},
        {"kind": "error", "code": "500"},
        {"kind": "error", "code": "500", "times": 4},
        {"kind": "error", "code": "500", "after_change": True},
        {"kind": "error", "code": "503", "times": 3},
        {"kind": "error", "code": "401", "times": 2, "method": "GET"},
        {"kind": "error", "code": "409", "times": 2, "method": "GET"},
    ],
    ids=str,
)
async def test_INVARIANT_whatever_goes_wrong_the_seats_are_charged_once_and_never_rejected(  # noqa: N802
    billing: Billing, fault: dict[str, Any]
) -> None:
    """INVARIANT: lost responses, faults and limits end in one charge, and are never a rejection."""
    await billing.open(2, 1)
    await billing.stripe.fault(path=ANY_SUBSCRIPTION, **fault)
    await billing.command((2, 1), (2, 2))
    await billing.persist(seconds=61, tries=9)
    published = await outcome(billing)
    assert isinstance(published, QuantitiesSet)
    assert published.invoice is not None
    assert published.charged == published.invoice.amount_paid > 0
    assert await invoice_count(billing) == 2
    assert await billing.stripe.quantities(billing.subscription_id) == (2, 2)


async def test_a_purchase_whose_response_was_lost_a_day_ago_is_found_at_stripe(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    billing.service.clock.advance(2 * DAY)
    await billing.service.run_tasks()
    published = await outcome(billing)
    assert isinstance(published, QuantitiesSet)
    assert published.charged == 2999
    assert await invoice_count(billing) == 2


async def test_a_purchase_never_made_a_day_ago_is_made_now(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("error", path=ANY_SUBSCRIPTION, code="503")
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    billing.service.clock.advance(2 * DAY)
    await billing.service.run_tasks()
    assert isinstance(await outcome(billing), QuantitiesSet)
    assert await invoice_count(billing) == 2


async def test_a_change_whose_response_was_lost_is_ours_even_after_an_edit(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=7)
    await billing.persist()
    published, edited = (message.data for message in await billing.published())
    assert isinstance(published, QuantitiesSet)
    assert (published.charged, published.total) == (2999, 14996)
    assert (edited.whose, edited.before, edited.after) == (
        ChangedBy.DASHBOARD,
        Seats(base=3, voice=1),
        Seats(base=7, voice=1),
    )


async def test_a_key_that_was_used_for_something_else_is_replaced(billing: Billing) -> None:
    await billing.open()
    command_id = await billing.command((2, 1), (3, 1))
    await billing.stripe.api.create_customer(
        name="B",
        email="b@b.example",
        payment_method="pm_card_visa",
        agency_id="b",
        operation_id="b",
        key=str(command_id),
    )
    await billing.service.run_tasks()
    assert isinstance(await outcome(billing), QuantitiesSet)


async def test_a_purchase_at_the_minutes_limit_succeeds_after_the_minute(
    billing: Billing,
) -> None:
    await billing.open(1, 0)
    for base in range(1, 10):
        await billing.command((base, 0), (base + 1, 0))
        await billing.service.run_tasks()
    await billing.published()
    assert await invoice_count(billing) == 10
    await billing.command((10, 0), (11, 0))
    await billing.service.run_tasks()
    assert await billing.published() == []
    assert await billing.waiting() == 1
    billing.service.clock.advance(61)
    await billing.service.run_tasks()
    published = await outcome(billing)
    assert (published.unsettled, published.after.base) == (False, 11)
    assert await invoice_count(billing) == 11


async def test_a_timeout_of_ten_minutes_is_published_once_for_an_admin_and_the_change_succeeds_later(
    billing: Billing,
) -> None:
    await billing.open()
    quoted = await billing.quote(3, 1)
    began = billing.service.clock()
    await billing.stripe.fault("drop_answer", method="GET", path=ANY_SUBSCRIPTION, times=1000)
    command_id = await billing.command((2, 1), (3, 1), quoted.quote_id)
    for _ in range(15):
        await billing.service.run_tasks()
        billing.service.clock.advance(60)
    assert await outcome(billing) == StripeTimedOut(operation_id=command_id, since=began)
    await billing.stripe.heal()
    await billing.persist()
    assert isinstance(await outcome(billing), QuantitiesSet)
    assert await invoice_count(billing) == 2


async def test_a_timeout_of_auto_adds_purchase_is_left_to_seats_whose_clock_is_the_waits(billing: Billing) -> None:
    await billing.open()
    await billing.stripe.fault("drop_answer", method="GET", path=ANY_SUBSCRIPTION, times=1000)
    await billing.command((2, 1), (3, 1))
    for _ in range(15):
        await billing.service.run_tasks()
        billing.service.clock.advance(60)
    assert await billing.published() == []


async def test_a_timeout_of_nine_minutes_is_not_published(billing: Billing) -> None:
    await billing.open()
    quoted = await billing.quote(3, 1)
    await billing.stripe.fault("drop_answer", method="GET", path=ANY_SUBSCRIPTION, times=1000)
    await billing.command((2, 1), (3, 1), quoted.quote_id)
    for _ in range(10):
        await billing.service.run_tasks()
        billing.service.clock.advance(59)
    assert await billing.published() == []


async def test_the_operation_is_kept_with_its_charge_and_invoice(billing: Billing) -> None:
    await billing.open()
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    published = await outcome(billing)
    row = await billing.service.pool.fetchrow("SELECT * FROM operations WHERE id = $1", command_id)
    assert row is not None
    assert (row["state"], row["charged"], row["invoice_id"]) == ("done", 2999, published.invoice.id)
    assert (row["before_base"], row["after_base"]) == (2, 3)
