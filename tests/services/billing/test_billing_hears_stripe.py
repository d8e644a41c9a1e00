"""Stripe's events are hints: what they hint at is read, compared with what we know, and told with whose it was."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from contracts.billing import (
    CardChanged,
    InvoiceChanged,
    PaymentFailed,
    PaymentRecovered,
    PlanChanged,
    QuantitiesSet,
    QuoteRejected,
    QuoteSeats,
    SubscriptionChanged,
    SubscriptionEnded,
)
from contracts.message import Seats
from contracts.vocabulary import (
    STRIPE,
    BillingCycle,
    ChangedBy,
    FrozenReason,
    InvoiceState,
    PaymentState,
    RejectionCode,
    SeatType,
)
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from tests.services.billing.conftest import DAY, Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"
MONTH = 31 * DAY


async def edit(billing: Billing, **command: Any) -> None:  # noqa: ANN401  as the control takes
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", **command)


async def read(billing: Billing, kind: str = "customer.subscription.updated", **more: Any) -> list[Any]:  # noqa: ANN401  fields of an event
    """Have one event heard and read; answers what was said, without plan and invoices."""
    assert billing.account is not None
    await billing.event(billing.account.customer_id, kind, **more)
    await billing.service.run_tasks()
    return [one.data for one in await billing.published()]


async def commentary(billing: Billing, kind: type[Any]) -> list[Any]:
    return [one.data for one in await billing.service.published() if isinstance(one.data, kind)]


async def reads(billing: Billing) -> int:
    return len(await billing.stripe.requests("GET", f"/v1/subscriptions/{billing.subscription_id}"))


async def newest_invoice(billing: Billing) -> str:
    (newest, *_) = await billing.stripe.invoices(billing.subscription_id)
    return str(newest["id"])


# --- whose change


async def test_a_quantity_changed_in_the_dashboard_is_told_as_such_and_once(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    assert await read(billing) == [
        SubscriptionChanged(
            whose=ChangedBy.DASHBOARD,
            before=Seats(base=2, voice=1),
            after=Seats(base=5, voice=1),
            cycle=BillingCycle.MONTHLY,
            total=5 * 2999 + 5999,
        )
    ]
    assert await read(billing) == []


async def test_what_stripe_tells_is_stripes_doing(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, base=5)
    await billing.event(opened.customer_id)
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert published.envelope.actor == STRIPE


async def test_a_burst_of_events_is_one_look(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, base=5)
    before = await reads(billing)
    for kind in ("customer.subscription.updated", "invoice.created", "customer.updated"):
        await billing.event(opened.customer_id, kind)
    await billing.service.run_tasks()
    assert await reads(billing) == before + 1
    assert len(await billing.published()) == 1


async def test_an_event_that_comes_again_is_read_once(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    assert len(await read(billing, event_id="evt_1")) == 1
    before = await reads(billing)
    assert await read(billing, event_id="evt_1") == []
    assert await reads(billing) == before


async def test_events_out_of_order_tell_the_state_as_it_is(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    await edit(billing, base=4)
    later = billing.service.clock()
    (told,) = await read(billing, created=later)
    assert told.after == Seats(base=4, voice=1)
    assert await read(billing, created=later.replace(hour=1)) == []


async def test_a_change_of_ours_that_is_settled_needs_no_second_look(billing: Billing) -> None:
    await billing.open(2, 1)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.service.published()
    before = await reads(billing)
    assert await read(billing, idempotency_key=str(command_id)) == []
    assert await read(billing, "invoice.paid", idempotency_key=f"{command_id}-2") == []
    assert await reads(billing) == before


async def test_a_change_that_our_books_do_not_have_and_that_bears_an_operation_is_ours(billing: Billing) -> None:
    """A database that was restored from a backup has lost it."""
    await billing.open(2, 1)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.service.published()
    await billing.service.pool.execute("DELETE FROM operations WHERE id = $1", command_id)
    await billing.service.pool.execute("UPDATE accounts SET base = 2")
    (told,) = await read(billing, idempotency_key=str(command_id))
    assert (told.whose, told.after) == (ChangedBy.OURS, Seats(base=3, voice=1))


# --- a change of ours under way


async def test_an_event_of_our_own_change_settles_the_purchase_whose_answer_was_lost(billing: Billing) -> None:
    opened = await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    assert await billing.service.run_tasks() == 0
    await billing.event(opened.customer_id, idempotency_key=str(command_id))
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, QuantitiesSet)
    assert len(await billing.stripe.invoices(opened.subscription_id)) == 2


async def test_an_edit_after_a_purchase_whose_answer_was_lost_is_told_after_the_purchase_and_once(
    billing: Billing,
) -> None:
    await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await edit(billing, base=7)
    made, edited = await read(billing)
    assert isinstance(made, QuantitiesSet)
    assert (edited.whose, edited.before.base, edited.after.base) == (ChangedBy.DASHBOARD, 3, 7)
    billing.service.clock.advance(10)
    await billing.service.run_tasks()
    assert await billing.published() == []
    assert await billing.waiting() == 0


async def test_what_was_read_before_our_own_change_was_settled_is_read_again(billing: Billing) -> None:
    """The look begins, the purchase is made and settled, and only then is the look's answer there."""
    opened = await billing.open()
    path = f"/v1/subscriptions/{opened.subscription_id}"
    await billing.event(opened.customer_id)
    await billing.stripe.fault("slow", method="GET", path=path, seconds=0.3)
    looking = asyncio.create_task(billing.service.run_tasks())
    while not await billing.stripe.requests("GET", path):
        await asyncio.sleep(0.01)
    await billing.command((2, 1), (3, 1))
    await billing.service.workers.run_once()
    await looking
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, QuantitiesSet)


async def test_what_was_read_before_a_stale_purchase_saw_more_is_read_again(billing: Billing) -> None:
    """The look begins, somebody edits, the purchase sees it and is stale, and only then is the look's answer there."""
    opened = await billing.open()
    path = f"/v1/subscriptions/{opened.subscription_id}"
    as_it_was = billing.stripe.api.subscription
    begun, edited = asyncio.Event(), asyncio.Event()

    async def slow(subscription_id: str) -> StripeSubscriptionSnapshot:
        snapshot = await as_it_was(subscription_id)
        if not begun.is_set():
            begun.set()
            await edited.wait()
        return snapshot

    billing.stripe.api.subscription = slow  # type: ignore[method-assign]  # an answer that is long on its way
    await billing.event(opened.customer_id)
    looking = asyncio.create_task(billing.service.run_tasks())
    await begun.wait()
    await edit(billing, base=5)
    await billing.command((2, 1), (3, 1))
    await billing.service.workers.run_once()
    edited.set()
    await looking
    await billing.service.run_tasks()
    changed, published = (one.data for one in await billing.published())
    assert (changed.before.base, changed.after.base) == (2, 5)
    assert published.actual.base == 5
    assert len(await billing.stripe.requests("GET", path)) == 3


async def test_an_item_that_was_taken_away_is_seats_that_are_gone_and_ends_no_question(billing: Billing) -> None:
    await billing.open(2, 1)
    held = await billing.stripe.api.subscription(billing.subscription_id)
    await billing.stripe.api._stripe.v1.subscriptions.update_async(
        held.id, {"items": [{"id": held.item_ids[SeatType.VOICE], "deleted": True}]}
    )
    (told,) = await read(billing)
    assert (told.whose, told.after) == (ChangedBy.DASHBOARD, Seats(base=2, voice=0))
    command = QuoteSeats(after=Seats(base=3, voice=0), session="s")
    await billing.service.handle(command, billing.agency_id, sender="gateway")
    await billing.service.run_tasks()
    (refused,) = (one.data for one in await billing.published())
    assert refused == QuoteRejected(code=RejectionCode.BILLING_UNAVAILABLE)


# --- the end


@pytest.mark.parametrize("kind", ["customer.subscription.deleted", "customer.subscription.updated"])
async def test_a_cancelled_subscription_has_ended_and_is_told_once(billing: Billing, kind: str) -> None:
    await billing.open(2, 1)
    await edit(billing, cancel=True)
    assert await read(billing, kind) == [
        SubscriptionEnded(reason=FrozenReason.SUBSCRIPTION_CANCELED, whose=ChangedBy.DASHBOARD)
    ]
    assert await read(billing, kind) == []


async def test_after_a_cancellation_the_subscription_that_the_operator_makes_instead_counts(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    await read(billing, "customer.subscription.deleted")
    another = await billing.stripe.subscribe(opened.customer_id, base=2, voice=1)
    (told,) = await read(billing, "customer.subscription.created")
    assert (told.whose, told.before, told.after) == (ChangedBy.DASHBOARD, Seats(), Seats(base=2, voice=1))
    assert await read(billing) == []
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    (bought,) = await billing.published()
    assert isinstance(bought.data, QuantitiesSet)
    assert await billing.stripe.quantities(another) == (3, 1)


async def test_a_subscription_that_lacks_a_seat_type_is_none_to_go_on_with(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    await read(billing, "customer.subscription.deleted")
    await billing.stripe.subscribe(opened.customer_id, base=2)
    assert await read(billing, "customer.subscription.created") == []


async def test_another_subscription_of_a_customer_whose_own_lives_is_none_of_ours(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.subscribe(opened.customer_id, base=7, voice=7)
    assert await read(billing, "customer.subscription.created") == []


async def test_a_deleted_customer_has_ended_the_subscription(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.api.delete_customer(opened.customer_id)
    assert await read(billing, "customer.deleted") == [
        SubscriptionEnded(reason=FrozenReason.CUSTOMER_DELETED, whose=ChangedBy.DASHBOARD)
    ]


# --- payments


async def renewal_declined(billing: Billing) -> str:
    """A month later the card does not pay the renewal; answers the invoice."""
    opened = await billing.open(2, 1)
    await billing.service.published()
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    billing.service.clock.advance(MONTH + 3700)
    return await newest_invoice(billing)


async def test_a_renewal_that_is_not_paid_is_told_once_however_often_stripe_tries(billing: Billing) -> None:
    invoice_id = await renewal_declined(billing)
    (failed,) = await read(billing, "invoice.payment_failed", object_id=invoice_id)
    assert isinstance(failed, PaymentFailed)
    assert (failed.invoice.id, failed.invoice.total, failed.settling) == (invoice_id, 11997, False)
    billing.service.clock.advance(3 * DAY + 60)
    assert await read(billing, "invoice.payment_failed", object_id=invoice_id) == []


async def test_an_agency_that_did_not_pay_is_past_due_until_it_does(billing: Billing) -> None:
    invoice_id = await renewal_declined(billing)
    assert billing.account is not None
    await billing.event(billing.account.customer_id, "invoice.payment_failed", object_id=invoice_id)
    await billing.service.run_tasks()
    (plan,) = await commentary(billing, PlanChanged)
    assert plan.payment_state is PaymentState.PAST_DUE
    await billing.stripe.control(f"customers/{billing.account.customer_id}/card", kind="good")
    await billing.stripe.api._stripe.v1.invoices.pay_async(invoice_id)
    await billing.event(billing.account.customer_id, "invoice.paid", object_id=invoice_id)
    await billing.service.run_tasks()
    published = [one.data for one in await billing.service.published()]
    (recovered,) = [one for one in published if isinstance(one, PaymentRecovered)]
    (plan,) = [one for one in published if isinstance(one, PlanChanged)]
    assert recovered.invoice is not None
    assert recovered.invoice.id == invoice_id
    assert plan.payment_state is PaymentState.OK


async def test_a_renewal_is_told_as_it_goes_from_draft_to_paid(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.service.published()
    billing.service.clock.advance(MONTH)
    invoice_id = await newest_invoice(billing)
    assert billing.account is not None
    await billing.event(billing.account.customer_id, "invoice.created", object_id=invoice_id)
    await billing.service.run_tasks()
    (draft,) = await commentary(billing, InvoiceChanged)
    billing.service.clock.advance(3700)
    await billing.event(billing.account.customer_id, "invoice.paid", object_id=invoice_id)
    await billing.service.run_tasks()
    (paid,) = await commentary(billing, InvoiceChanged)
    assert (draft.state, paid.state) == (InvoiceState.DRAFT, InvoiceState.PAID)
    assert (draft.invoice.id, paid.invoice.id) == (invoice_id, invoice_id)
    assert draft.operation_id is paid.operation_id is None


async def test_an_invoice_whose_own_event_is_lost_is_read_with_the_next_one(billing: Billing) -> None:
    """It is the latest; and one that is not at its end is looked at each time."""
    await billing.open(2, 1)
    billing.service.clock.advance(MONTH)
    await read(billing)
    billing.service.clock.advance(30 * DAY)
    await billing.service.published()
    assert billing.account is not None
    await billing.event(billing.account.customer_id)
    await billing.service.run_tasks()
    told = await commentary(billing, InvoiceChanged)
    assert [one.state for one in told] == [InvoiceState.PAID, InvoiceState.DRAFT]


# --- plan and invoices


async def test_the_opening_tells_the_plan_and_its_invoice_before_it_is_over(billing: Billing) -> None:
    command_id = await billing.found(2, 3)
    await billing.service.run_tasks()
    published = [one.data for one in await billing.service.published()]
    invoice, plan, opened = published
    assert (invoice.invoice, invoice.state, invoice.operation_id) == (opened.invoice, InvoiceState.PAID, command_id)
    assert invoice.pdf_url.startswith("http")
    assert (plan.cycle, plan.total, plan.balance) == (BillingCycle.MONTHLY, 2 * 2999 + 3 * 5299, 0)
    assert plan.discount == 2 * (3100 - 2999) + 3 * (5999 - 5299)
    assert plan.renews_at == billing.service.clock().replace(month=4)
    assert (plan.payment_state, plan.invoices_today) == (PaymentState.OK, 1)
    assert plan.invoices_renew_at == billing.service.clock().replace(day=3)
    assert [(one.seat_type, one.quantity, one.unit_amount) for one in plan.prices] == [
        (SeatType.BASE, 2, 2999),
        (SeatType.VOICE, 3, 5299),
    ]


async def test_each_change_of_ours_tells_its_invoice_and_the_plan_before_it_is_over(billing: Billing) -> None:
    await billing.open(3, 1)
    billing.service.clock.advance(MONTH / 2)
    await billing.service.published()
    command_id = await billing.command((3, 1), (2, 1))
    await billing.service.run_tasks()
    invoice, plan, made = (one.data for one in await billing.service.published())
    assert isinstance(made, QuantitiesSet)
    assert made.invoice is not None
    assert (invoice.invoice, invoice.operation_id) == (made.invoice, command_id)
    assert (plan.total, plan.balance) == (made.total, -made.invoice.total) == (11997, 1500)


async def test_a_dashboards_invoice_is_not_taken_for_our_last_operations(billing: Billing) -> None:
    await billing.open(2, 1)
    billing.service.clock.advance(60)
    await edit(billing, base=5, proration_behavior="always_invoice")
    await billing.service.published()
    assert billing.account is not None
    await billing.event(billing.account.customer_id)
    await billing.service.run_tasks()
    (told,) = await commentary(billing, InvoiceChanged)
    assert told.operation_id is None


async def test_a_change_of_the_price_alone_is_a_change_of_the_plan(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.service.published()
    await billing.stripe.api._stripe.v1.customers.update_async(opened.customer_id, {"balance": -700})
    await billing.event(opened.customer_id, "customer.updated")
    await billing.service.run_tasks()
    (plan,) = [one.data for one in await billing.service.published()]
    assert isinstance(plan, PlanChanged)
    assert plan.balance == 700


# --- cards


async def test_a_new_card_is_told_once_although_stripe_tells_it_in_two_events(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    await billing.event(opened.customer_id, "payment_method.attached")
    await billing.event(opened.customer_id, "customer.updated")
    await billing.service.run_tasks()
    assert await billing.published() == []
    billing.service.clock.advance(3)
    await billing.service.run_tasks()
    assert [one.data for one in await billing.published()] == [CardChanged()]


async def test_another_of_the_customers_cards_becoming_the_one_that_is_charged_is_news(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    assert await read(billing, "customer.updated") == []
    billing.service.clock.advance(3)
    await billing.service.run_tasks()
    assert [one.data for one in await billing.published()] == [CardChanged()]


async def test_a_customer_updated_in_anything_else_has_no_new_card(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.api._stripe.v1.customers.update_async(opened.customer_id, {"email": "b@harbor.example"})
    assert await read(billing, "customer.updated") == []
    billing.service.clock.advance(3)
    assert await billing.service.run_tasks() == 0


# --- what is not news


@pytest.mark.parametrize("kind", ["billing_portal.session.created", "invoice.upcoming", "charge.succeeded"])
async def test_an_event_about_nothing_of_ours_is_not_read(billing: Billing, kind: str) -> None:
    await billing.open()
    before = await reads(billing)
    assert await read(billing, kind) == []
    assert await reads(billing) == before
    assert await billing.waiting() == 0


async def test_an_event_about_nobody_that_we_know_is_ignored(billing: Billing) -> None:
    opened = await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.event(f"{opened.customer_id}{uuid4().hex}")
    assert await billing.service.run_tasks() == 0


# --- when reading fails


async def test_when_stripe_does_not_answer_the_news_is_read_later(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    await billing.stripe.fault("drop_answer", method="GET", path=ANY_SUBSCRIPTION, times=3)
    assert await read(billing) == []
    await billing.persist(seconds=31)
    (told,) = (one.data for one in await billing.published())
    assert told.after.base == 5


async def test_a_draft_that_was_deleted_is_no_obstacle(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    (told,) = await read(billing, "invoice.deleted", object_id="in_gone")
    assert told.after.base == 5


async def test_a_subscription_that_stripe_does_not_have_is_told_to_the_operator_and_let_be(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.service.pool.execute("UPDATE accounts SET subscription_id = 'sub_of_another_account'")
    assert await read(billing) == []
    assert await billing.waiting() == 0


async def test_items_that_are_not_paid_for_the_same_period_are_an_incident(billing: Billing) -> None:
    await billing.open(2, 1)
    held = await billing.stripe.api.subscription(billing.subscription_id)
    prices = await billing.stripe.api.prices(["headcount_base_annual"])
    await billing.stripe.api._stripe.v1.subscriptions.update_async(
        held.id,
        {"items": [{"id": held.item_ids[SeatType.BASE], "price": prices["headcount_base_annual"].id, "quantity": 2}]},
    )

    def count() -> float:
        return REGISTRY.get_sample_value("headcount_billing_incidents_total", {"what": "periods_differ"}) or 0.0

    before = count()
    await read(billing)
    assert count() == before + 1
