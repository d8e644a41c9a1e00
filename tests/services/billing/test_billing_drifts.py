"""A change without a webhook is found in Stripe's list of events, or by the nightly sweep of all subscriptions."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from contracts.billing import EndScheduled, EndTakenBack, SubscriptionChanged, SubscriptionEnded
from contracts.billing_payments import InvoiceChanged, PaymentFailed
from contracts.message import Seats
from contracts.vocabulary import ChangedBy, FrozenReason, Quantities, SeatType
from services.billing.clients.stripe import StripeFailedError
from services.billing.domain.outcome_of import Missing
from services.billing.drift import Drift
from tests.services.billing.conftest import DAY, Billing


def drift(billing: Billing) -> Drift:
    return Drift(billing.stripe.api)


async def list_events(billing: Billing) -> list[Any]:
    """List Stripe's events and run the tasks; the published events, without plan and invoices."""
    await drift(billing).list_events(billing.service.runtime)
    await billing.service.run_tasks()
    return [message.data for message in await billing.published()]


async def sweep(billing: Billing) -> list[Any]:
    """Compare one page of all subscriptions, and run the tasks."""
    await drift(billing).sweep(billing.service.runtime)
    await billing.service.run_tasks()
    return [message.data for message in await billing.published()]


async def edit(billing: Billing, **command: Any) -> None:  # noqa: ANN401  as the control takes
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", **command)


async def others(billing: Billing, count: int) -> None:
    """Create subscriptions at the same Stripe account that belong to no agency."""
    held = await billing.stripe.api.prices(["headcount_base_monthly", "headcount_voice_monthly"])
    prices = {SeatType.BASE: held["headcount_base_monthly"].id, SeatType.VOICE: held["headcount_voice_monthly"].id}
    for number in range(count):
        name, key = f"b{number}", f"another-{number}"
        customer = await billing.stripe.api.create_customer(
            name=name, email="b@b.example", payment_method="pm_card_visa", agency_id="b", operation_id="b", key=key
        )
        await billing.stripe.api.create_subscription(
            customer_id=customer,
            price_ids=prices,
            quantities=Quantities(1, 0),
            agency_id="b",
            operation_id="b",
            key=f"{key}-sub",
        )


async def requests(billing: Billing, path: str) -> int:
    return len(await billing.stripe.requests("GET", path))


def events_found() -> float:
    return REGISTRY.get_sample_value("headcount_stripe_events_found_total") or 0.0


# --- each minute


async def test_a_change_without_a_webhook_is_found_in_the_event_list_and_attributed(billing: Billing) -> None:
    await billing.open(2, 1)
    assert await list_events(billing) == []
    await edit(billing, base=5)
    (event,) = await list_events(billing)
    assert isinstance(event, SubscriptionChanged)
    assert (event.whose, event.before.base, event.after.base) == (ChangedBy.DASHBOARD, 2, 5)
    assert await list_events(billing) == []


async def test_an_event_whose_webhook_arrived_is_not_handled_again(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await list_events(billing)
    await edit(billing, base=5)
    (newest,) = (await billing.stripe.get("events", limit=1))["data"]
    await billing.event(opened.customer_id, event_id=newest["id"])
    await billing.service.run_tasks()
    assert len(await billing.published()) == 1
    before, reads = events_found(), await requests(billing, f"/v1/subscriptions/{billing.subscription_id}")
    assert await list_events(billing) == []
    assert events_found() == before
    assert await requests(billing, f"/v1/subscriptions/{billing.subscription_id}") == reads


async def test_an_event_that_comes_after_it_was_listed_is_dropped(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await list_events(billing)
    await edit(billing, base=5)
    assert len(await list_events(billing)) == 1
    (newest,) = (await billing.stripe.get("events", limit=1))["data"]
    reads = await requests(billing, f"/v1/subscriptions/{billing.subscription_id}")
    await billing.event(opened.customer_id, event_id=newest["id"])
    await billing.service.run_tasks()
    assert await requests(billing, f"/v1/subscriptions/{billing.subscription_id}") == reads


async def test_our_own_changes_in_the_event_list_cause_no_reading(billing: Billing) -> None:
    await billing.open(2, 1)
    await list_events(billing)
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await billing.published()
    reads = await requests(billing, f"/v1/subscriptions/{billing.subscription_id}")
    assert await list_events(billing) == []
    assert await requests(billing, f"/v1/subscriptions/{billing.subscription_id}") == reads


async def test_the_event_list_is_read_to_its_last_page_and_the_place_is_kept(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.billing.clients.stripe_events.PAGE", 2)
    await billing.open(2, 1)
    await list_events(billing)
    for base in range(3, 8):
        await edit(billing, base=base, proration_behavior="none")
    before = await requests(billing, "/v1/events")
    (event,) = await list_events(billing)
    assert event.after == Seats(base=7, voice=1)
    assert await requests(billing, "/v1/events") == before + 3
    (newest,) = (await billing.stripe.get("events", limit=1))["data"]
    assert await billing.service.pool.fetchval("SELECT last_event FROM drift") == newest["id"]


async def test_an_unpaid_renewal_is_found_in_the_event_list(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    billing.service.clock.advance(20 * DAY)
    await billing.stripe.api._stripe.v1.customers.update_async(opened.customer_id, {"email": "b@harbor.example"})
    await list_events(billing)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    billing.service.clock.advance(11 * DAY + 3700)
    await billing.stripe.control("clock", advanceSeconds=0)
    failed, _debt = await list_events(billing)
    assert isinstance(failed, PaymentFailed)


async def test_a_place_that_stripe_has_forgotten_starts_a_sweep(billing: Billing) -> None:
    await billing.open(2, 1)
    await list_events(billing)
    await sweep(billing)
    await billing.service.pool.execute("UPDATE drift SET last_event = 'evt_of_31_days_ago'")
    await edit(billing, base=5)
    assert await list_events(billing) == []
    assert await billing.service.pool.fetchval("SELECT last_event FROM drift") is None
    (event,) = await sweep(billing)
    assert event.after.base == 5
    assert await list_events(billing) == []
    assert await billing.service.pool.fetchval("SELECT last_event FROM drift") is not None


async def test_a_place_that_stripe_does_not_find_starts_a_sweep(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    await billing.open(2, 1)
    await list_events(billing)

    async def not_found(_event_id: str) -> None:
        raise StripeFailedError(Missing())

    monkeypatch.setattr(billing.stripe.api, "events_after", not_found)
    assert await list_events(billing) == []
    assert await billing.service.pool.fetchval("SELECT last_event FROM drift") is None


async def test_the_event_list_goes_on_at_its_place_after_stripe_was_unavailable(billing: Billing) -> None:
    await billing.open(2, 1)
    await list_events(billing)
    await edit(billing, base=5)
    await billing.stripe.fault("drop_answer", method="GET", path="/v1/events")
    assert await list_events(billing) == []
    assert len(await list_events(billing)) == 1


# --- each night


async def test_the_nightly_sweep_reads_and_attributes_a_subscription_that_differs(billing: Billing) -> None:
    await billing.open(2, 1)
    assert await sweep(billing) == []
    await edit(billing, base=5)
    assert await sweep(billing) == [], "not before the night"
    billing.service.clock.advance(DAY)
    (event,) = await sweep(billing)
    assert (event.whose, event.after.base) == (ChangedBy.DASHBOARD, 5)
    billing.service.clock.advance(DAY)
    assert await sweep(billing) == []


async def test_the_sweep_does_not_read_a_subscription_that_does_not_differ(billing: Billing) -> None:
    await billing.open(2, 1)
    await sweep(billing)
    reads = await requests(billing, f"/v1/subscriptions/{billing.subscription_id}")
    billing.service.clock.advance(DAY)
    await sweep(billing)
    assert await requests(billing, f"/v1/subscriptions/{billing.subscription_id}") == reads


async def test_the_sweep_finds_a_cancellation_without_a_webhook(billing: Billing) -> None:
    await billing.open(2, 1)
    await sweep(billing)
    await edit(billing, cancel=True)
    billing.service.clock.advance(DAY)
    assert await sweep(billing) == [
        SubscriptionEnded(reason=FrozenReason.SUBSCRIPTION_CANCELED, whose=ChangedBy.DASHBOARD)
    ]
    billing.service.clock.advance(DAY)
    assert await sweep(billing) == []


async def test_the_sweep_finds_a_planned_end_and_that_it_was_taken_back_without_a_webhook(billing: Billing) -> None:
    # Until now it compared no end, so that one stayed unknown once Stripe's list of events had forgotten it.
    await billing.open(2, 1)
    await sweep(billing)
    await edit(billing, cancelAtPeriodEnd=True)
    billing.service.clock.advance(DAY)
    (planned,) = await sweep(billing)
    assert isinstance(planned, EndScheduled)
    await edit(billing, cancelAtPeriodEnd=False)
    billing.service.clock.advance(DAY)
    assert await sweep(billing) == [EndTakenBack(at=planned.at)]


async def test_the_sweep_finds_an_invoice_without_a_webhook(billing: Billing) -> None:
    await billing.open(2, 1)
    await sweep(billing)
    await billing.service.published()
    billing.service.clock.advance(31 * DAY + 3700)
    await drift(billing).sweep(billing.service.runtime)
    await billing.service.run_tasks()
    assert [type(message.data) for message in await billing.service.published()].count(InvoiceChanged) == 1


async def test_another_process_continues_the_sweep_at_its_page(
    billing: Billing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.billing.clients.stripe_events.PAGE", 1)
    await billing.open(2, 1)
    await others(billing, 2)
    await edit(billing, base=5)
    # Another process each time, so that everything is kept in the database.
    pauses = [await Drift(billing.stripe.api).sweep(billing.service.runtime) for _ in range(3)]
    assert pauses == [1.0, 1.0, 60.0]
    row = await billing.service.pool.fetchrow("SELECT * FROM drift")
    assert row is not None
    assert (row["swept"], row["sweep_ended"]) == (3, billing.service.clock())
    await billing.service.run_tasks()
    (event,) = await billing.published()
    assert event.data.after.base == 5


async def test_a_replacement_whose_webhook_never_arrived_is_found(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    await edit(billing, cancel=True)
    assert len(await sweep(billing)) == 1
    billing.service.clock.advance(DAY)
    await billing.stripe.subscribe(opened.customer_id, base=4, voice=3)
    (event,) = await sweep(billing)
    assert event.after == Seats(base=4, voice=3)


async def test_a_sweep_goes_on_after_stripe_rejected_its_call(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.fault("rate_limit", method="GET", path="/v1/subscriptions")
    assert await drift(billing).sweep(billing.service.runtime) == 60.0
    await edit(billing, base=5)
    assert len(await sweep(billing)) == 1


async def test_a_sweep_whose_place_is_gone_begins_again(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.service.pool.execute(
        "INSERT INTO drift (sweep_began, swept_to, swept) VALUES ($1, 'sub_gone', 7)", billing.service.clock()
    )
    await edit(billing, base=5)
    assert await sweep(billing) == []
    assert len(await sweep(billing)) == 1


async def test_a_change_found_during_a_purchase_is_published_after_the_purchase(billing: Billing) -> None:
    await billing.open(2, 1)
    await billing.stripe.fault("drop_answer", path="/v1/subscriptions/*")
    await billing.command((2, 1), (3, 1))
    await billing.service.run_tasks()
    await edit(billing, base=7)
    await drift(billing).sweep(billing.service.runtime)
    await billing.service.run_tasks()
    assert await billing.published() == []
    billing.service.clock.advance(timedelta(seconds=30).total_seconds())
    await billing.service.run_tasks()
    made, edited = (message.data for message in await billing.published())
    assert (made.after.base, edited.before.base, edited.after.base) == (3, 3, 7)
