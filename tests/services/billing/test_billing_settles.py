"""Auto-Add uses 15 of Stripe's 20 invoices a day; one invoice settles further purchases when the budget renews."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts.billing import CycleSwitched, PlanChanged, QuantitiesSet, SwitchCycle
from contracts.billing_payments import CardChanged, PaymentFailed, PaymentRecovered, ProrationsLost, Settled
from contracts.message import Seats
from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import BillingCycle
from services.billing.domain.snapshots import PendingProration
from tests.services.billing.conftest import DAY, Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"
INVOICES = "/v1/invoices"
ANNUAL_BASE = 32389


async def add(billing: Billing, base: int) -> QuantitiesSet:
    """Have Auto-Add buy one Base more than `base`, a minute later."""
    billing.service.clock.advance(60)
    await billing.command((base, 1), (base + 1, 1))
    await billing.service.run_tasks()
    (published,) = [message.data for message in await billing.published() if isinstance(message.data, QuantitiesSet)]
    return published


async def spend(billing: Billing, **more: Any) -> int:  # noqa: ANN401  as `open` takes
    """Have Auto-Add use its share of the day's invoices, the opening's included; the number of Base seats."""
    await billing.open(2, 1, **more)
    for base in range(2, 16):
        assert not (await add(billing, base)).unsettled
    assert len(await invoices(billing)) == 15
    return 16


async def invoices(billing: Billing) -> list[Any]:
    return await billing.stripe.invoices(billing.subscription_id)


async def pending(billing: Billing) -> tuple[PendingProration, ...]:
    assert billing.account is not None
    return await billing.stripe.api.pending_of(billing.account.customer_id, billing.subscription_id)


async def published(billing: Billing, kind: type[Any]) -> list[Any]:
    return [message.data for message in await billing.service.published() if isinstance(message.data, kind)]


async def a_day_later(billing: Billing) -> None:
    billing.service.clock.advance(DAY)
    await billing.service.run_tasks()


async def test_after_the_fifteenth_invoice_seats_are_added_and_left_unsettled(billing: Billing) -> None:
    base = await spend(billing)
    bought = await add(billing, base)
    assert (bought.unsettled, bought.charged, bought.invoice) == (True, 0, None)
    assert (bought.after, bought.total) == (Seats(base=17, voice=1), 17 * 2799 + 5999)
    assert len(await invoices(billing)) == 15
    assert await billing.stripe.quantities(billing.subscription_id) == (17, 1)
    *_, request = await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")
    assert request["params"]["proration_behavior"] == "create_prorations"


@pytest.mark.parametrize("cycle", list(BillingCycle))
async def test_when_the_budget_renews_one_invoice_settles_all_of_them(billing: Billing, cycle: BillingCycle) -> None:
    base = await spend(billing, cycle=cycle)
    bought = [await add(billing, base + more) for more in range(3)]
    await a_day_later(billing)
    (settled,) = await published(billing, Settled)
    assert settled.operation_ids == tuple(purchase.operation_id for purchase in bought)
    assert settled.seats == Seats(base=3, voice=0)
    newest, *others = await invoices(billing)
    assert len(others) == 15
    assert settled.invoice.id == newest["id"]
    assert settled.charged == newest["amount_paid"] == newest["total"] > 0
    assert newest["metadata"]["operation_id"]
    assert await billing.waiting() == 0


async def test_a_day_of_sixty_additions_makes_at_most_twenty_invoices_and_settles_the_next_day(
    billing: Billing,
) -> None:
    await billing.open(2, 1)
    bought = [await add(billing, base) for base in range(2, 62)]
    assert sum(not purchase.unsettled for purchase in bought) == 14
    assert len(await invoices(billing)) == 15
    await a_day_later(billing)
    (settled,) = await published(billing, Settled)
    assert settled.operation_ids == tuple(purchase.operation_id for purchase in bought if purchase.unsettled)
    assert settled.seats == Seats(base=46, voice=0)
    assert len(await invoices(billing)) == 16


async def test_an_admin_has_five_more_invoices_and_bills_pending_prorations_along(billing: Billing) -> None:
    base = await spend(billing)
    bought = await add(billing, base)
    quote = await billing.quote(base + 1, 2)
    assert len(quote.pending) == 2
    await billing.command((base + 1, 1), (base + 1, 2), quote.quote_id)
    await billing.service.run_tasks()
    made, settled = (message.data for message in await billing.published())
    assert (made.unsettled, made.charged) == (False, quote.due_now)
    assert settled.operation_ids == (bought.operation_id,)
    assert settled.charged == sum(line.amount for line in quote.pending)
    assert settled.invoice == made.invoice
    await a_day_later(billing)
    assert await published(billing, Settled) == []
    assert len(await invoices(billing)) == 16


async def test_a_switch_of_the_cycle_bills_pending_prorations_along(billing: Billing) -> None:
    base = await spend(billing)
    bought = await add(billing, base)
    quote = await billing.quote_cycle(BillingCycle.ANNUAL)
    command = SwitchCycle(cycle=BillingCycle.ANNUAL, quote_id=quote.quote_id)
    await billing.service.handle(command, billing.agency_id, sender="gateway")
    await billing.service.run_tasks()
    switched, settled = (message.data for message in await billing.published())
    assert isinstance(switched, CycleSwitched)
    assert settled.operation_ids == (bought.operation_id,)


async def test_a_renewal_bills_pending_prorations_along_and_settles_them_when_it_is_paid(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    billing.service.clock.advance(31 * DAY - 3600)
    for base in range(2, 17):
        await add(billing, base)
    bought = await add(billing, 17)
    assert bought.unsettled
    billing.service.clock.advance(3600 - 16 * 60)
    await billing.event(opened.customer_id, "invoice.created")
    await billing.service.run_tasks()
    assert await published(billing, Settled) == []
    billing.service.clock.advance(3700)
    newest, *_ = await invoices(billing)
    await billing.event(opened.customer_id, "invoice.paid", object_id=newest["id"])
    await billing.service.run_tasks()
    (settled,) = await published(billing, Settled)
    assert bought.operation_id in settled.operation_ids
    assert settled.invoice.id == newest["id"]
    assert 0 < settled.charged < newest["amount_paid"]


async def test_invoices_of_others_count_toward_the_budget(billing: Billing) -> None:
    """Edits in the dashboard used the day's invoices, of which we know ten."""
    await billing.open(2, 1)
    for base in range(2, 11):
        await add(billing, base)
    for voice in range(2, 7):
        billing.service.clock.advance(60)
        await billing.stripe.control(
            f"dashboard/subscriptions/{billing.subscription_id}", voice=voice, proration_behavior="always_invoice"
        )
    billing.service.clock.advance(60)
    await billing.command((11, 6), (12, 6))
    await billing.service.run_tasks()
    (bought,) = [message.data for message in await billing.published() if isinstance(message.data, QuantitiesSet)]
    assert bought.unsettled


async def test_an_unexpected_invoice_limit_leaves_the_seats_unsettled(billing: Billing) -> None:
    """We know of two invoices, and Stripe has made twenty."""
    await billing.open(2, 1)
    await add(billing, 2)
    for voice in range(2, 20):
        billing.service.clock.advance(60)
        await billing.stripe.control(
            f"dashboard/subscriptions/{billing.subscription_id}", voice=voice, proration_behavior="always_invoice"
        )
    billing.service.clock.advance(60)
    await billing.command((3, 19), (4, 19))
    await billing.service.run_tasks()
    (bought,) = [message.data for message in await billing.published() if isinstance(message.data, QuantitiesSet)]
    assert bought.unsettled
    assert await billing.stripe.quantities(billing.subscription_id) == (4, 19)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_answer", "times": 2},
        {"kind": "error", "code": "500", "times": 2},
        {"kind": "error", "code": "500", "after_change": True},
        {"kind": "rate_limit", "times": 2},
    ],
    ids=str,
)
async def test_INVARIANT_whatever_goes_wrong_unsettled_seats_are_added_once_and_recorded_as_unsettled(  # noqa: N802
    billing: Billing, fault: dict[str, Any]
) -> None:
    """INVARIANT: lost responses, faults and limits add the seats once, and leave their prorations pending once."""
    base = await spend(billing)
    await billing.stripe.fault(path=ANY_SUBSCRIPTION, **fault)
    billing.service.clock.advance(60)
    await billing.command((base, 1), (base + 1, 1))
    await billing.persist_until_published(QuantitiesSet)
    held = await pending(billing)
    assert len(held) == 2
    assert len(await invoices(billing)) == 15
    row = await billing.service.pool.fetchrow("SELECT * FROM operations WHERE pending_proration_ids <> '{}'")
    assert row is not None
    assert set(row["pending_proration_ids"]) == {proration.id for proration in held}
    assert row["pending_cents"] == sum(proration.amount for proration in held)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_answer", "path": INVOICES},
        {"kind": "drop_answer", "path": f"{INVOICES}/*/finalize"},
        {"kind": "drop_answer", "path": f"{INVOICES}/*/pay"},
        {"kind": "error", "code": "500", "path": INVOICES, "times": 2},
        {"kind": "error", "code": "500", "path": INVOICES, "after_change": True},
        {"kind": "error", "code": "500", "path": f"{INVOICES}/*/finalize", "times": 2},
        {"kind": "error", "code": "500", "path": f"{INVOICES}/*/pay", "after_change": True},
        {"kind": "rate_limit", "path": f"{INVOICES}/*/pay", "times": 2},
        {"kind": "slow", "seconds": 0.8, "path": f"{INVOICES}/*/pay"},
    ],
    ids=str,
)
async def test_INVARIANT_whatever_goes_wrong_one_invoice_settles_and_is_paid_once(  # noqa: N802
    billing: Billing, fault: dict[str, Any]
) -> None:
    """INVARIANT: lost responses, faults and limits end in one paid settling invoice."""
    base = await spend(billing)
    bought = [await add(billing, base), await add(billing, base + 1)]
    await billing.stripe.fault(**fault)
    billing.service.clock.advance(DAY)
    (settled,) = await billing.persist_until_published(Settled)
    newest, *others = await invoices(billing)
    assert len(others) == 15
    assert (newest["status"], settled.charged) == ("paid", newest["amount_paid"])
    assert settled.operation_ids == tuple(purchase.operation_id for purchase in bought)
    assert await pending(billing) == ()


# --- the card does not pay


async def declined(billing: Billing) -> UUID:
    """Have the settling invoice declined; the id of the unsettled operation."""
    base = await spend(billing)
    bought = await add(billing, base)
    assert billing.account is not None
    await billing.stripe.control(f"customers/{billing.account.customer_id}/card", kind="declining")
    await a_day_later(billing)
    return bought.operation_id


async def test_a_declined_settlement_is_published_as_a_failed_payment_and_blocks_nobody(billing: Billing) -> None:
    await declined(billing)
    events = [message.data for message in await billing.service.published()]
    (failed,) = [event for event in events if isinstance(event, PaymentFailed)]
    (plan,) = [event for event in events if isinstance(event, PlanChanged)]
    assert (failed.settling, failed.decline_code) == (True, "generic_decline")
    assert failed.invoice.amount_paid == 0
    assert plan.payment_state is PaymentState.PAST_DUE
    assert [event for event in events if isinstance(event, Settled)] == []
    assert await billing.stripe.quantities(billing.subscription_id) == (17, 1)


async def test_a_new_card_pays_the_settlement_at_once(billing: Billing) -> None:
    operation_id = await declined(billing)
    assert billing.account is not None
    await billing.service.published()
    await billing.stripe.control(f"customers/{billing.account.customer_id}/card", kind="good")
    await billing.event(billing.account.customer_id, "customer.updated")
    await billing.service.run_tasks()
    billing.service.clock.advance(3)
    await billing.service.run_tasks()
    changed, recovered, settled = (message.data for message in await billing.published())
    assert isinstance(changed, CardChanged)
    assert isinstance(recovered, PaymentRecovered)
    assert settled.operation_ids == (operation_id,)
    assert settled.charged == settled.invoice.amount_paid > 0


async def test_a_settlement_that_is_paid_in_the_portal_is_settled(billing: Billing) -> None:
    operation_id = await declined(billing)
    assert billing.account is not None
    await billing.service.published()
    newest, *_ = await invoices(billing)
    await billing.stripe.control(f"customers/{billing.account.customer_id}/card", kind="good")
    await billing.stripe.api._stripe.v1.invoices.pay_async(newest["id"])
    await billing.event(billing.account.customer_id, "invoice.paid", object_id=newest["id"])
    await billing.service.run_tasks()
    recovered, settled = (message.data for message in await billing.published())
    assert recovered.invoice.id == newest["id"]
    assert settled.operation_ids == (operation_id,)


async def test_the_same_card_is_charged_again_once_a_day(billing: Billing) -> None:
    await declined(billing)
    await billing.service.published()
    billing.service.clock.advance(DAY - 120)
    await billing.service.run_tasks()
    newest, *_ = await invoices(billing)
    assert newest["attempt_count"] == 1
    billing.service.clock.advance(300)
    await billing.service.run_tasks()
    newest, *_ = await invoices(billing)
    assert newest["attempt_count"] == 2
    assert await published(billing, PaymentFailed) == []


async def test_the_prorations_of_a_voided_settlement_are_lost(billing: Billing) -> None:
    operation_id = await declined(billing)
    assert billing.account is not None
    await billing.service.published()
    newest, *_ = await invoices(billing)
    await billing.stripe.api._stripe.v1.invoices.void_invoice_async(newest["id"])
    await billing.event(billing.account.customer_id, "invoice.voided", object_id=newest["id"])
    await billing.service.run_tasks()
    lost = next(message.data for message in await billing.published() if isinstance(message.data, ProrationsLost))
    assert lost.invoice is not None
    assert (lost.operation_ids, lost.invoice.id) == ((operation_id,), newest["id"])


async def test_prorations_that_a_canceled_subscription_has_dropped_are_lost_and_never_claimed(
    billing: Billing,
) -> None:
    base = await spend(billing)
    bought = await add(billing, base)
    assert billing.account is not None
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", cancel=True)
    await billing.event(billing.account.customer_id, "customer.subscription.deleted")
    await billing.service.run_tasks()
    (lost,) = await published(billing, ProrationsLost)
    assert (lost.operation_ids, lost.seats, lost.invoice) == ((bought.operation_id,), Seats(base=1), None)
    assert lost.amount > 0
    await billing.stripe.subscribe(billing.account.customer_id, base=base, voice=1)
    await billing.event(billing.account.customer_id, "customer.subscription.created")
    await billing.service.run_tasks()
    await a_day_later(billing)
    await add(billing, base)
    assert await published(billing, Settled) == []


# --- when it cannot be settled yet


async def test_a_settlement_within_stripes_budget_of_the_day_is_postponed(billing: Billing) -> None:
    base = await spend(billing)
    await add(billing, base)
    await billing.service.pool.execute("UPDATE tasks SET run_at = $1", billing.service.clock())
    await billing.service.run_tasks()
    assert await published(billing, Settled) == []
    assert len(await invoices(billing)) == 15
    await a_day_later(billing)
    assert len(await published(billing, Settled)) == 1


async def test_prorations_that_another_invoice_billed_are_published_as_settled(
    billing: Billing,
) -> None:
    """The quantities were edited in the dashboard, and the webhook never arrived."""
    base = await spend(billing)
    bought = await add(billing, base)
    billing.service.clock.advance(60)
    await billing.stripe.control(
        f"dashboard/subscriptions/{billing.subscription_id}", voice=2, proration_behavior="always_invoice"
    )
    await a_day_later(billing)
    (settled,) = await published(billing, Settled)
    newest, *_ = await invoices(billing)
    assert (settled.operation_ids, settled.invoice.id) == ((bought.operation_id,), newest["id"])
    assert len(await invoices(billing)) == 16


async def test_a_cancelled_subscription_is_not_settled(billing: Billing) -> None:
    base = await spend(billing)
    await add(billing, base)
    assert billing.account is not None
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", cancel=True)
    await billing.event(billing.account.customer_id, "customer.subscription.deleted")
    await billing.service.run_tasks()
    await a_day_later(billing)
    assert await billing.waiting() == 0
    assert len(await invoices(billing)) == 15


async def test_a_purchase_does_not_wait_for_the_settlement_to_be_due(billing: Billing) -> None:
    base = await spend(billing)
    await add(billing, base)
    row = await billing.service.pool.fetchrow("SELECT lane, run_at FROM tasks")
    assert row is not None
    assert row["lane"] != "money"
    assert row["run_at"] >= billing.service.clock() + timedelta(hours=23)
    assert (await add(billing, base + 1)).unsettled
