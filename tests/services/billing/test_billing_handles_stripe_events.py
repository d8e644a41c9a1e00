"""A Stripe event causes a reading at Stripe; what differs from our state is published with whose change it was."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from contracts.billing import CardOnFile, PlanChanged, QuantitiesSet, SubscriptionChanged, SubscriptionEnded
from contracts.billing_payments import CardChanged, DebtChanged, InvoiceChanged, PaymentFailed, PaymentRecovered
from contracts.message import Owed, Seats
from contracts.payment_vocabulary import InvoiceState, PaymentState
from contracts.vocabulary import STRIPE, BillingCycle, ChangedBy, FrozenReason, SeatType
from services.billing.domain.plan import Plan
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.store import account_of
from tests.services.billing.conftest import DAY, Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"
MONTH = 31 * DAY


async def edit(billing: Billing, **command: Any) -> None:  # noqa: ANN401  as the control takes
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", **command)


async def read(billing: Billing, kind: str = "customer.subscription.updated", **more: Any) -> list[Any]:  # noqa: ANN401  fields of an event
    """Handle one event and read at Stripe; the published events, without plan and invoices."""
    assert billing.account is not None
    await billing.event(billing.account.customer_id, kind, **more)
    await billing.service.run_tasks()
    return [message.data for message in await billing.published()]


async def commentary(billing: Billing, kind: type[Any]) -> list[Any]:
    return [message.data for message in await billing.service.published() if isinstance(message.data, kind)]


async def reads(billing: Billing) -> int:
    return len(await billing.stripe.requests("GET", f"/v1/subscriptions/{billing.subscription_id}"))


async def plan_of(billing: Billing) -> Plan:
    """The plan as it was published last."""
    row = await billing.service.pool.fetchrow("SELECT * FROM accounts")
    assert row is not None
    plan = account_of(row).plan
    assert plan is not None
    return plan


async def newest_invoice(billing: Billing) -> str:
    (newest, *_) = await billing.stripe.invoices(billing.subscription_id)
    return str(newest["id"])


# --- whose change it was


async def test_a_quantity_changed_in_the_dashboard_is_published_once_as_the_dashboards(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    assert await read(billing) == [
        SubscriptionChanged(
            whose=ChangedBy.DASHBOARD,
            before=Seats(base=2, voice=1),
            after=Seats(base=5, voice=1),
            cycle=BillingCycle.MONTHLY,
            total=5 * 2999 + 5999,
            cycle_before=BillingCycle.MONTHLY,
            total_before=11997,
        )
    ]
    assert await read(billing) == []


async def test_an_external_change_is_published_with_stripe_as_its_actor(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, base=5)
    await billing.event(opened.customer_id)
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert published.envelope.actor == STRIPE


async def test_a_burst_of_events_causes_one_reading(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, base=5)
    before = await reads(billing)
    for kind in ("customer.subscription.updated", "invoice.created", "customer.updated"):
        await billing.event(opened.customer_id, kind)
    await billing.service.run_tasks()
    assert await reads(billing) == before + 1
    assert len(await billing.published()) == 1


async def test_a_repeated_event_causes_one_reading(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    assert len(await read(billing, event_id="evt_1")) == 1
    before = await reads(billing)
    assert await read(billing, event_id="evt_1") == []
    assert await reads(billing) == before


async def test_events_out_of_order_publish_the_current_state(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    await edit(billing, base=4)
    later = billing.service.clock()
    (event,) = await read(billing, created=later)
    assert event.after == Seats(base=4, voice=1)
    assert await read(billing, created=later.replace(hour=1)) == []


async def test_our_own_recorded_change_causes_no_reading(billing: Billing) -> None:
    await billing.open(2, 1)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.service.published()
    before = await reads(billing)
    assert await read(billing, idempotency_key=str(command_id)) == []
    assert await read(billing, "invoice.paid", idempotency_key=f"{command_id}-2") == []
    assert await reads(billing) == before


async def test_a_change_with_an_operation_that_we_do_not_know_is_ours(billing: Billing) -> None:
    """The operation is lost when the database is restored from a backup."""
    await billing.open(2, 1)
    command_id = await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.service.published()
    await billing.service.pool.execute("DELETE FROM operations WHERE id = $1", command_id)
    await billing.service.pool.execute("UPDATE accounts SET base = 2")
    (event,) = await read(billing, idempotency_key=str(command_id))
    assert (event.whose, event.after) == (ChangedBy.OURS, Seats(base=3, voice=1))


# --- a change of ours under way


async def test_the_event_of_our_own_change_completes_a_purchase_whose_response_was_lost(billing: Billing) -> None:
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


async def test_an_edit_after_a_purchase_whose_response_was_lost_is_published_once_and_after_the_purchase(
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


async def test_a_reading_that_began_before_our_own_change_ended_is_repeated(billing: Billing) -> None:
    """The reading begins, the purchase is made and recorded, and only then is the reading answered."""
    opened = await billing.open()
    path = f"/v1/subscriptions/{opened.subscription_id}"
    await billing.event(opened.customer_id)
    await billing.stripe.fault("slow", method="GET", path=path, seconds=0.3)
    reading = asyncio.create_task(billing.service.run_tasks())
    while not await billing.stripe.requests("GET", path):
        await asyncio.sleep(0.01)
    await billing.command((2, 1), (3, 1))
    await billing.service.workers.run_once()
    await reading
    await billing.service.run_tasks()
    (published,) = await billing.published()
    assert isinstance(published.data, QuantitiesSet)


async def test_a_reading_that_began_before_a_stale_purchase_ended_is_repeated(billing: Billing) -> None:
    """The reading begins, somebody edits, the purchase is stale, and only then is the reading answered."""
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

    billing.stripe.api.subscription = slow  # type: ignore[method-assign]  # a response that takes long
    await billing.event(opened.customer_id)
    reading = asyncio.create_task(billing.service.run_tasks())
    await begun.wait()
    await edit(billing, base=5)
    await billing.command((2, 1), (3, 1))
    await billing.service.workers.run_once()
    edited.set()
    await reading
    await billing.service.run_tasks()
    changed, published = (message.data for message in await billing.published())
    assert (changed.before.base, changed.after.base) == (2, 5)
    assert published.actual.base == 5
    assert len(await billing.stripe.requests("GET", path)) == 3


async def test_a_removed_item_is_published_as_lost_seats_and_both_types_can_still_be_quoted_and_bought(
    billing: Billing,
) -> None:
    await billing.open(2, 1)
    await billing.stripe.remove_item(billing.subscription_id, "voice")
    (event,) = await read(billing)
    assert (event.whose, event.after) == (ChangedBy.DASHBOARD, Seats(base=2, voice=0))
    quoted = await billing.quote(3, 0)
    assert (quoted.total_before, quoted.total) == (2 * 2999, 3 * 2999)
    await billing.command((2, 0), (3, 0), quoted.quote_id)
    assert await the_change(billing) == (Seats(base=3, voice=0), 3 * 2999)


async def test_a_removed_item_is_added_again_when_a_seat_of_it_is_bought(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.remove_item(billing.subscription_id, "voice")
    await read(billing)
    await billing.command((2, 0), (2, 2))
    assert await the_change(billing) == (Seats(base=2, voice=2), 2 * 2999 + 2 * 5999)
    held = await billing.stripe.api.subscription(billing.subscription_id)
    assert held.items.keys() == set(SeatType)
    billing.service.clock.advance(60)
    assert await read(billing) == []


async def test_a_removed_item_is_added_again_at_a_quotes_price(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.remove_item(billing.subscription_id, "voice")
    await read(billing)
    quoted = await billing.quote(2, 1)
    assert quoted.total == 11997
    await billing.command((2, 0), (2, 1), quoted.quote_id)
    assert await the_change(billing) == (Seats(base=2, voice=1), 11997)


async def the_change(billing: Billing) -> tuple[Seats, int]:
    """Run the tasks; the seats and the total of the QuantitiesSet."""
    await billing.service.run_tasks()
    events = [message.data for message in await billing.published()]
    (done,) = (event for event in events if isinstance(event, QuantitiesSet))
    return done.after, done.total


# --- what is not ours


async def test_other_items_are_named_and_priced_and_never_count_as_seats(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.post(
        f"subscriptions/{billing.subscription_id}", **{"items[0][price]": await billing.stripe.other_price(5000)}
    )
    assert await read(billing) == []
    plan = await plan_of(billing)
    assert (plan.total, plan.other_total, [item.name for item in plan.others]) == (16997, 5000, ["EHR integration"])
    quoted = await billing.quote(3, 1)
    assert (quoted.total_before, quoted.total, quoted.other_total) == (16997, 16997 + 2999, 5000)
    await billing.command((2, 1), (3, 1), quoted.quote_id)
    assert await the_change(billing) == (Seats(base=3, voice=1), 16997 + 2999)


async def test_an_annual_item_of_another_product_makes_no_annual_plan_of_a_monthly_one(billing: Billing) -> None:
    await billing.open(2, 1)
    price = await billing.stripe.other_price(60000, interval="year")
    await billing.stripe.post("subscriptions/" + billing.subscription_id, **{"items[0][price]": price})
    assert await read(billing) == []
    plan = await plan_of(billing)
    assert (plan.cycle, plan.total) == (BillingCycle.MONTHLY, 11997)
    assert [(item.amount, item.interval) for item in plan.others] == [(60000, "year")]
    assert plan.in_total == ()


async def test_an_unpaid_invoice_of_another_subscription_is_no_debt_of_ours(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.service.published()
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    price = await billing.stripe.other_price(9900)
    other = await billing.stripe.post("subscriptions", customer=opened.customer_id, **{"items[0][price]": price})
    await billing.event(opened.customer_id, "invoice.payment_failed", object_id=other["latest_invoice"])
    await billing.service.run_tasks()
    assert [message.data for message in await billing.published()] == []
    assert (await plan_of(billing)).payment_state is PaymentState.OK


@pytest.mark.parametrize("seats", [200_000, 1_500_000])
async def test_a_huge_quantity_at_stripe_is_read_like_any_other(billing: Billing, seats: int) -> None:
    await billing.open(2, 1)
    await edit(billing, base=seats)
    (event,) = await read(billing)
    assert event.after == Seats(base=seats, voice=1)
    assert event.total == seats * 2699 + 5999


# --- the end


@pytest.mark.parametrize("kind", ["customer.subscription.deleted", "customer.subscription.updated"])
async def test_a_cancelled_subscription_has_ended_and_is_published_once(billing: Billing, kind: str) -> None:
    await billing.open(2, 1)
    await edit(billing, cancel=True)
    assert await read(billing, kind) == [
        SubscriptionEnded(reason=FrozenReason.SUBSCRIPTION_CANCELED, whose=ChangedBy.DASHBOARD)
    ]
    assert await read(billing, kind) == []


async def test_after_a_cancellation_the_subscription_that_the_operator_makes_counts(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    await read(billing, "customer.subscription.deleted")
    another = await billing.stripe.subscribe(opened.customer_id, base=2, voice=1)
    (event,) = await read(billing, "customer.subscription.created")
    assert (event.whose, event.before, event.after) == (ChangedBy.DASHBOARD, Seats(), Seats(base=2, voice=1))
    assert await read(billing) == []
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    (bought,) = await billing.published()
    assert isinstance(bought.data, QuantitiesSet)
    assert await billing.stripe.quantities(another) == (3, 1)


async def test_after_a_cancellation_a_subscription_without_one_seat_type_counts_too(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    await read(billing, "customer.subscription.deleted")
    await billing.stripe.subscribe(opened.customer_id, base=2)
    (event,) = await read(billing, "customer.subscription.created")
    assert event.after == Seats(base=2, voice=0)


async def test_after_a_cancellation_the_replacement_is_found_beside_another_newer_subscription(
    billing: Billing,
) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    await read(billing, "customer.subscription.deleted")
    await billing.stripe.subscribe(opened.customer_id, base=3, voice=3)
    price = await billing.stripe.other_price(9900)
    await billing.stripe.post("subscriptions", customer=opened.customer_id, **{"items[0][price]": price})
    (event,) = await read(billing, "customer.subscription.created")
    assert event.after == Seats(base=3, voice=3)


async def test_a_replacement_whose_first_payment_failed_counts_and_owes(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    await read(billing, "customer.subscription.deleted")
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    await billing.stripe.subscribe(opened.customer_id, base=3, voice=3)
    failed, changed, debt = await read(billing, "customer.subscription.created")
    assert isinstance(failed, PaymentFailed)
    assert changed.after == Seats(base=3, voice=3)
    # The invoice is read by itself, so the reason of its decline is known at once.
    owed = Owed(invoices=1, amount=failed.invoice.total, decline_code="generic_decline")
    assert debt == DebtChanged(owed=owed)


async def test_another_subscription_of_a_customer_with_an_active_one_is_ignored(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.subscribe(opened.customer_id, base=7, voice=7)
    assert await read(billing, "customer.subscription.created") == []


async def test_a_deleted_customer_ends_the_subscription(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.api.delete_customer(opened.customer_id)
    assert await read(billing, "customer.deleted") == [
        SubscriptionEnded(reason=FrozenReason.CUSTOMER_DELETED, whose=ChangedBy.DASHBOARD)
    ]


# --- payments


async def renewal_declined(billing: Billing) -> str:
    """Have the card decline the renewal a month later; the invoice's id."""
    opened = await billing.open(2, 1)
    await billing.service.published()
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    billing.service.clock.advance(MONTH + 3700)
    return await newest_invoice(billing)


async def test_an_unpaid_renewal_is_published_once_however_often_stripe_tries(billing: Billing) -> None:
    invoice_id = await renewal_declined(billing)
    failed, debt = await read(billing, "invoice.payment_failed", object_id=invoice_id)
    assert isinstance(failed, PaymentFailed)
    assert (failed.invoice.id, failed.invoice.total, failed.settling) == (invoice_id, 11997, False)
    assert debt == DebtChanged(owed=Owed(invoices=1, amount=11997, decline_code="generic_decline"))
    billing.service.clock.advance(3 * DAY + 60)
    assert await read(billing, "invoice.payment_failed", object_id=invoice_id) == []


async def test_an_agency_with_an_unpaid_invoice_is_past_due_until_it_pays(billing: Billing) -> None:
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
    published = [message.data for message in await billing.service.published()]
    (recovered,) = [event for event in published if isinstance(event, PaymentRecovered)]
    (plan,) = [event for event in published if isinstance(event, PlanChanged)]
    assert recovered.invoice is not None
    assert recovered.invoice.id == invoice_id
    assert plan.payment_state is PaymentState.OK


async def test_a_renewal_is_published_as_a_draft_and_as_paid(billing: Billing) -> None:
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


async def test_an_invoice_whose_event_is_lost_is_read_with_the_next_event(billing: Billing) -> None:
    """The newest invoice, and each invoice that can still change, is part of every reading."""
    await billing.open(2, 1)
    billing.service.clock.advance(MONTH)
    await read(billing)
    billing.service.clock.advance(30 * DAY)
    await billing.service.published()
    assert billing.account is not None
    await billing.event(billing.account.customer_id)
    await billing.service.run_tasks()
    events = await commentary(billing, InvoiceChanged)
    assert [event.state for event in events] == [InvoiceState.PAID, InvoiceState.DRAFT]


# --- plan and invoices


async def test_the_opening_publishes_the_plan_and_its_invoice_before_account_opened(billing: Billing) -> None:
    command_id = await billing.found(2, 3)
    await billing.service.run_tasks()
    published = [message.data for message in await billing.service.published()]
    invoice, plan, opened = published
    assert (invoice.invoice, invoice.state, invoice.operation_id) == (opened.invoice, InvoiceState.PAID, command_id)
    assert invoice.pdf_url.startswith("http")
    assert (plan.cycle, plan.total, plan.balance) == (BillingCycle.MONTHLY, 2 * 2999 + 3 * 5299, 0)
    assert plan.discount == 2 * (3100 - 2999) + 3 * (5999 - 5299)
    assert plan.renews_at == billing.service.clock().replace(month=4)
    assert (plan.payment_state, plan.invoices_today) == (PaymentState.OK, 1)
    assert plan.invoices_renew_at == billing.service.clock().replace(day=3)
    assert [(price.seat_type, price.quantity, price.unit_amount) for price in plan.prices] == [
        (SeatType.BASE, 2, 2999),
        (SeatType.VOICE, 3, 5299),
    ]


async def test_each_change_of_ours_publishes_its_invoice_and_the_plan_before_its_result(billing: Billing) -> None:
    await billing.open(3, 1)
    billing.service.clock.advance(MONTH / 2)
    await billing.service.published()
    command_id = await billing.command((3, 1), (2, 1))
    await billing.service.run_tasks()
    invoice, plan, made = (message.data for message in await billing.service.published())
    assert isinstance(made, QuantitiesSet)
    assert made.invoice is not None
    assert (invoice.invoice, invoice.operation_id) == (made.invoice, command_id)
    assert (plan.total, plan.balance) == (made.total, -made.invoice.total) == (11997, 1500)


async def test_an_invoice_of_the_dashboard_is_not_attributed_to_our_last_operation(billing: Billing) -> None:
    await billing.open(2, 1)
    billing.service.clock.advance(60)
    await edit(billing, base=5, proration_behavior="always_invoice")
    await billing.service.published()
    assert billing.account is not None
    await billing.event(billing.account.customer_id)
    await billing.service.run_tasks()
    (event,) = await commentary(billing, InvoiceChanged)
    assert event.operation_id is None


async def test_a_change_of_the_price_alone_changes_the_plan(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.service.published()
    await billing.stripe.api._stripe.v1.customers.update_async(opened.customer_id, {"balance": -700})
    await billing.event(opened.customer_id, "customer.updated")
    await billing.service.run_tasks()
    (plan,) = [message.data for message in await billing.service.published()]
    assert isinstance(plan, PlanChanged)
    assert plan.balance == 700


# --- cards


async def test_a_new_card_is_published_once_although_stripe_sends_two_events(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    await billing.event(opened.customer_id, "payment_method.attached")
    await billing.event(opened.customer_id, "customer.updated")
    await billing.service.run_tasks()
    assert await billing.published() == []
    billing.service.clock.advance(3)
    await billing.service.run_tasks()
    assert [message.data for message in await billing.published()] == [CardChanged()]


async def test_another_default_card_of_the_customer_is_published(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    assert await read(billing, "customer.updated") == []
    billing.service.clock.advance(3)
    await billing.service.run_tasks()
    assert [message.data for message in await billing.published()] == [CardChanged()]


async def test_a_card_that_its_bank_renews_is_published_with_the_plan(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    card = (await billing.stripe.api.subscription(opened.subscription_id)).customer.card
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="renewed", expires="2036-05")
    await billing.event(opened.customer_id, "payment_method.automatically_updated", object_id=card)
    await billing.service.run_tasks()
    (plan,) = [message.data for message in await billing.service.published() if isinstance(message.data, PlanChanged)]
    assert plan.card == CardOnFile(kind="card", brand="visa", last4="4242", exp_month=5, exp_year=2036)


async def test_another_change_of_the_customer_publishes_no_card(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await billing.stripe.api._stripe.v1.customers.update_async(opened.customer_id, {"email": "b@harbor.example"})
    assert await read(billing, "customer.updated") == []
    billing.service.clock.advance(3)
    assert await billing.service.run_tasks() == 0


# --- events without a change


@pytest.mark.parametrize("kind", ["billing_portal.session.created", "invoice.upcoming", "charge.succeeded"])
async def test_an_event_about_nothing_that_concerns_us_causes_no_reading(billing: Billing, kind: str) -> None:
    await billing.open()
    before = await reads(billing)
    assert await read(billing, kind) == []
    assert await reads(billing) == before
    assert await billing.waiting() == 0


async def test_an_event_about_an_unknown_customer_is_ignored(billing: Billing) -> None:
    opened = await billing.open()
    await billing.stripe.fault("drop_answer", path=ANY_SUBSCRIPTION)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.event(f"{opened.customer_id}{uuid4().hex}")
    assert await billing.service.run_tasks() == 0


# --- when reading fails


async def test_a_reading_is_repeated_when_stripe_does_not_respond(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    await billing.stripe.fault("drop_answer", method="GET", path=ANY_SUBSCRIPTION, times=3)
    assert await read(billing) == []
    await billing.persist(seconds=31)
    (event,) = (message.data for message in await billing.published())
    assert event.after.base == 5


async def test_a_deleted_draft_does_not_stop_the_reading(billing: Billing) -> None:
    await billing.open(2, 1)
    await edit(billing, base=5)
    (event,) = await read(billing, "invoice.deleted", object_id="in_gone")
    assert event.after.base == 5


async def test_a_subscription_that_stripe_does_not_have_is_logged_and_not_read_again(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.service.pool.execute("UPDATE accounts SET subscription_id = 'sub_of_another_account'")
    assert await read(billing) == []
    assert await billing.waiting() == 0


async def test_items_with_different_periods_are_an_incident(billing: Billing) -> None:
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
