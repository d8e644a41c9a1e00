"""An agency's life at Stripe through billing's client: always at the stand-in, and with a test key at Stripe itself.

HEADCOUNT_TEST_STRIPE_KEY=sk_test_... runs the tests at Stripe too, in real time, in an account that may hold test data.
They delete the customers that they create there; the catalogue's products and prices stay.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

import deploy
from contracts.payment_vocabulary import InvoiceState
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.catalogue import Catalogue, read_catalogue
from services.billing.catalogue_prices import sync
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.due_today import due_today
from services.billing.domain.item_change import Billed, item_changes
from services.billing.domain.outcome_of import Declined, KeyMismatch, Misused, Outcome
from services.billing.domain.plan import has_one_period
from services.billing.domain.quote_basis import quote_basis_of
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from tests.support.clock import HandClock
from tests.support.stripe_side import stripe_side

REAL_KEY = os.environ.get("HEADCOUNT_TEST_STRIPE_KEY", "")


@dataclass
class Life:
    """An agency's account at the stand-in or at Stripe."""

    api: StripeApi
    catalogue: Catalogue
    customer_id: str
    held: StripeSubscriptionSnapshot

    async def change(self, quantities: Quantities, proration_date: int | None = None) -> StripeSubscriptionSnapshot:
        """Change the quantities under a new operation."""
        operation = str(uuid4())
        self.held = await self.api.change_items(
            self.held.id,
            item_changes(self.held.item_ids, quantities),
            operation_id=operation,
            key=operation,
            proration_date=proration_date,
        )
        assert self.held.operation == operation
        return self.held

    async def prices(self, cycle: BillingCycle) -> dict[SeatType, str]:
        keys = {seat_type: self.catalogue.offer(seat_type).lookup_key(cycle) for seat_type in SeatType}
        held = await self.api.prices(list(keys.values()))
        return {seat_type: held[key].id for seat_type, key in keys.items()}


async def opened(api: StripeApi) -> Life:
    """Open an account with 2 Base and 1 Voice, paid."""
    catalogue = read_catalogue(Path(deploy.__file__).with_name("catalogue.toml"))
    await sync(api, catalogue)
    operation = str(uuid4())
    email = f"{operation}@headcount.example"
    customer_id = await api.create_customer(
        name="Harbor Clinic",
        email=email,
        payment_method="pm_card_visa",
        agency_id=str(uuid4()),
        operation_id=operation,
        key=f"{operation}-customer",
    )
    life = Life(api, catalogue, customer_id, held=None)  # type: ignore[arg-type]  # subscribed two lines below
    life.held = await api.create_subscription(
        customer_id=customer_id,
        price_ids=await life.prices(BillingCycle.MONTHLY),
        quantities=Quantities(2, 1),
        agency_id="both",
        operation_id=operation,
        key=f"{operation}-subscription",
    )
    return life


@pytest.fixture(
    params=["the stand-in", pytest.param("Stripe", marks=pytest.mark.skipif(not REAL_KEY, reason="no test key given"))]
)
async def life(request: pytest.FixtureRequest) -> AsyncIterator[Life]:
    """An account that is deleted after the test."""
    if request.param == "Stripe":
        assert REAL_KEY.startswith(("sk_test_", "rk_test_")), "a live key is refused"
        api = StripeApi(REAL_KEY)
        real = await opened(api)
        yield real
        await api.delete_customer(real.customer_id)
        await api.close()
        return
    async with stripe_side(HandClock()) as side:
        yield await opened(side.api)


async def failure(life: Life, quantities: Quantities) -> Outcome:
    with pytest.raises(StripeFailedError) as failed:
        await life.change(quantities)
    return failed.value.outcome


async def test_an_opened_subscription_is_paid_and_reads_as_in_the_response(life: Life) -> None:
    assert (life.held.quantities, life.held.cycle, life.held.is_over) == (
        Quantities(2, 1),
        BillingCycle.MONTHLY,
        False,
    )
    assert life.held.total_for(Quantities(2, 1)) == 11997
    assert life.held.items[SeatType.BASE].tiers == life.catalogue.base.priced(BillingCycle.MONTHLY)
    assert life.held.latest_invoice is not None
    assert (life.held.latest_invoice.state, life.held.latest_invoice.amount_paid) == (InvoiceState.PAID, 11997)
    assert life.held.customer.card is not None
    again = await life.api.subscription(life.held.id)
    assert quote_basis_of(again, ()) == quote_basis_of(life.held, ())


async def test_the_previewed_price_is_the_price_that_is_charged(life: Life) -> None:
    changes = item_changes(life.held.item_ids, Quantities(1, 3))
    now = await life.api.preview(life.held.id, changes, "next")
    later = await life.api.preview(life.held.id, changes, "recurring")
    assert later.total == 18997
    assert now.proration_date is not None
    changed = await life.change(Quantities(1, 3), now.proration_date)
    assert changed.latest_invoice is not None
    assert changed.latest_invoice.total == now.total
    assert changed.latest_invoice.amount_paid == due_today(now.total, now.amount_due).due_now
    assert sorted(line.amount for line in changed.latest_invoice.lines) == sorted(line.amount for line in now.lines)


async def test_a_removal_is_a_credit_on_the_balance(life: Life) -> None:
    changed = await life.change(Quantities(1, 1))
    assert changed.latest_invoice is not None
    assert (changed.latest_invoice.total < 0, changed.latest_invoice.amount_paid) == (True, 0)
    assert changed.customer.balance == changed.latest_invoice.total


async def test_a_key_is_rejected_for_another_change(life: Life) -> None:
    await life.change(Quantities(3, 1))
    assert life.held.operation is not None
    with pytest.raises(StripeFailedError) as failed:
        await life.api.change_items(
            life.held.id,
            item_changes(life.held.item_ids, Quantities(4, 1)),
            operation_id=life.held.operation,
            key=life.held.operation,
        )
    assert failed.value.outcome == KeyMismatch()


async def test_a_declined_change_changes_nothing(life: Life) -> None:
    stripe = life.api._stripe.v1
    bad = await stripe.payment_methods.attach_async("pm_card_chargeCustomerFail", {"customer": life.customer_id})
    await stripe.customers.update_async(life.customer_id, {"invoice_settings": {"default_payment_method": bad.id}})
    assert isinstance(await failure(life, Quantities(3, 1)), Declined)
    held = await life.api.subscription(life.held.id)
    assert (held.quantities, held.status, held.customer.card) == (Quantities(2, 1), "active", bad.id)


async def test_the_cycle_is_switched_for_both_items_at_once(life: Life) -> None:
    operation, prices = str(uuid4()), await life.prices(BillingCycle.ANNUAL)
    changes = item_changes(life.held.item_ids, Quantities(2, 1), prices)
    recurring = await life.api.preview(life.held.id, changes, "recurring")
    assert recurring.total == 129567
    switched = await life.api.change_items(life.held.id, changes, operation_id=operation, key=operation)
    assert (switched.cycle, switched.quantities) == (BillingCycle.ANNUAL, Quantities(2, 1))
    assert has_one_period(switched)
    assert switched.latest_invoice is not None
    assert switched.latest_invoice.amount_paid > 129567 - 11997 - 2


async def test_pending_prorations_are_settled_by_one_invoice(life: Life) -> None:
    operation = str(uuid4())
    changes = item_changes(life.held.item_ids, Quantities(3, 1))
    await life.api.change_items(
        life.held.id, changes, operation_id=operation, key=f"{operation}-pending", billed=Billed.LATER
    )
    waiting = await life.api.pending_of(life.customer_id, life.held.id)
    assert len(waiting) == 2
    assert (await life.api.fate_of_item(waiting[0].id)).invoice is None
    settling = str(uuid4())
    invoice_id = await life.api.create_invoice(
        customer_id=life.customer_id, subscription_id=life.held.id, operation_id=settling, key=f"{settling}-invoice"
    )
    await life.api.finalize_invoice(invoice_id, f"{settling}-0-0")
    await life.api.pay_invoice(invoice_id, f"{settling}-0-1")
    paid = await life.api.invoice(invoice_id)
    assert paid is not None
    assert (paid.state, paid.settles, paid.operation) == (InvoiceState.PAID, True, settling)
    assert paid.amount_paid == sum(line.amount for line in waiting)
    assert await life.api.pending_of(life.customer_id, life.held.id) == ()
    with pytest.raises(StripeFailedError) as failed:
        await life.api.create_invoice(
            customer_id=life.customer_id, subscription_id=life.held.id, operation_id=settling, key=f"{settling}-again"
        )
    assert isinstance(failed.value.outcome, Misused)
    assert failed.value.outcome.code == "invoice_no_subscription_line_items"


async def test_our_change_is_an_event_with_our_key(life: Life) -> None:
    newest = await life.api.newest_event()
    assert newest is not None
    await life.change(Quantities(3, 1))
    events, _, _ = await life.api.events_after(newest)
    keys = {line.idempotency_key for line in events if line.customer_id == life.customer_id}
    assert keys == {life.held.operation}


async def test_the_portal_session_has_an_address_that_opens(life: Life) -> None:
    configuration = await life.api.portal_configuration() or await life.api.create_portal_configuration()
    url = await life.api.open_portal(
        customer_id=life.customer_id,
        configuration=configuration,
        return_url="https://seats.example/admin/agency/billing",
        to_card=True,
    )
    assert url.startswith("http")


async def test_a_deleted_customers_subscription_has_ended(life: Life) -> None:
    await life.api.delete_customer(life.customer_id)
    ended = await life.api.subscription(life.held.id)
    assert (ended.status, ended.customer.is_deleted, ended.is_over) == ("canceled", True, True)
