"""Paid means that the invoice says paid: until then an admin's change waits, and what is not paid is undone."""

from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from contracts.billing import (
    BillingCommandRejected,
    CancelChange,
    QuantitiesRejected,
    QuantitiesSet,
    QuoteSeats,
    SubscriptionChanged,
    SwitchCycle,
)
from contracts.billing_payments import CardChanged, PaymentAwaited, PaymentFailed, PaymentLapsed, PaymentRecovered
from contracts.billing_quotes import QuoteRejected
from contracts.message import Seats
from contracts.payment_vocabulary import Lapse
from contracts.vocabulary import BillingCycle, RejectionCode, StripeFault
from hosting.sealing import Sealing
from services.billing.app import definition
from services.billing.clients.stripe import StripeApi
from services.billing.domain.snapshots import StripeInvoiceSnapshot
from tests.services.billing.conftest import Billing
from tests.support.clock import HandClock
from tests.support.one_service import OneService
from tests.support.stripe_side import KEY, stripe_side


async def send_invoices(billing: Billing) -> None:
    """Have Stripe send invoices instead of charging the card."""
    form = {"collection_method": "send_invoice", "days_until_due": 30}
    await billing.stripe.post(f"subscriptions/{billing.subscription_id}", **form)


async def pause_collection(billing: Billing, behavior: str) -> None:
    """Have Stripe collect nothing."""
    form = {"pause_collection[behavior]": behavior}
    await billing.stripe.post(f"subscriptions/{billing.subscription_id}", **form)


async def save(billing: Billing, base: int, voice: int, before: tuple[int, int] = (2, 1)) -> UUID:
    """An admin's change at a quote's price; the operation's id."""
    quoted = await billing.quote(base, voice)
    operation_id = await billing.command(before, (base, voice), quoted.quote_id)
    await billing.service.run_tasks()
    return operation_id


async def events(billing: Billing) -> list[Any]:
    return [message.data for message in await billing.published()]


async def awaited(billing: Billing, base: int = 4, voice: int = 1) -> PaymentAwaited:
    """An admin's change on account, which waits for its payment."""
    await save(billing, base, voice)
    (event,) = await events(billing)
    assert isinstance(event, PaymentAwaited)
    return event


async def reading(billing: Billing, kind: str = "invoice.updated") -> list[Any]:
    """What is published after a Stripe event about the newest invoice."""
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    await billing.event(newest["customer"], kind, object_id=newest["id"])
    return await settled(billing)


async def settled(billing: Billing) -> list[Any]:
    """What is published by the tasks that are due within minutes; the timer of the payment goes on."""
    for _ in range(4):
        await billing.service.run_tasks()
        billing.service.clock.advance(31)
    return await events(billing)


async def pay(billing: Billing) -> None:
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    await billing.stripe.post(f"invoices/{newest['id']}/pay", paid_out_of_band="true")


async def test_on_account_an_admins_seats_wait_for_the_payment_of_the_sent_invoice(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    event = await awaited(billing)
    (invoice, *_) = await billing.stripe.invoices(billing.subscription_id)
    assert (invoice["status"], invoice["amount_paid"]) == ("open", 0)
    assert (event.before, event.after) == (Seats(base=2, voice=1), Seats(base=4, voice=1))
    assert (event.amount, event.confirm, event.invoice_number) == (invoice["total"], False, invoice["number"])
    assert event.until is not None
    assert event.until.timestamp() == invoice["due_date"]
    assert event.sealed is not None
    assert billing.sealing.open(event.sealed) == {"url": invoice["hosted_invoice_url"]}


async def test_the_raised_quantities_are_nobody_elses_change_and_the_invoice_is_no_debt(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    await awaited(billing)
    assert await billing.stripe.quantities(billing.subscription_id) == (4, 1)
    assert await reading(billing, "customer.subscription.updated") == []


async def test_the_seats_come_when_the_invoice_is_paid(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    event = await awaited(billing)
    await pay(billing)
    (paid,) = await reading(billing, "invoice.paid")
    assert isinstance(paid, QuantitiesSet)
    assert (paid.operation_id, paid.after, paid.charged) == (event.operation_id, event.after, event.amount)
    assert await reading(billing) == []


async def cancel(billing: Billing) -> list[Any]:
    command = CancelChange()
    await billing.service.handle(command, billing.agency_id, sender="gateway")
    return await settled(billing)


async def test_nothing_that_waits_is_nothing_to_cancel_and_an_unsigned_baa_locks_it(billing: Billing) -> None:
    await billing.open(signed=False)
    (locked,) = await cancel(billing)
    await billing.sign_baa()
    (rejected,) = await cancel(billing)
    assert (locked.code, rejected.code) == (RejectionCode.BAA_UNSIGNED, RejectionCode.NOTHING_AWAITED)


async def test_a_change_that_stripe_does_not_undo_still_waits(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    event = await awaited(billing)
    await billing.stripe.fault("error", path="/v1/invoices/*/void", code="400")
    (rejected,) = await cancel(billing)
    assert (rejected.code, rejected.figures.fault) == (RejectionCode.BILLING_UNAVAILABLE, StripeFault.NOT_ACCEPTED)
    await pay(billing)
    (paid,) = await reading(billing, "invoice.paid")
    assert (type(paid), paid.operation_id) == (QuantitiesSet, event.operation_id)


class PaysMeanwhile(StripeApi):
    """Stripe, where the customer pays an invoice between our reading of it and our voiding."""

    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def invoice(self, invoice_id: str) -> StripeInvoiceSnapshot | None:
        """Read the invoice, and then have it paid."""
        read = await super().invoice(invoice_id)
        if self.meanwhile is not None:
            pays, self.meanwhile = self.meanwhile, None
            await pays()
        return read


async def test_a_change_that_is_paid_while_it_is_canceled_is_made(migrated: str) -> None:
    """Stripe voids no paid invoice: the answer is a 400, and the invoice is read again."""
    clock, sealing = HandClock(), Sealing([Fernet.generate_key().decode()])
    async with stripe_side(clock) as side:
        api = PaysMeanwhile(KEY, side.url)
        made = definition(api, side.catalogue, sealing, "https://seats.example", Random(1))
        billing = Billing(await OneService.open(made, migrated, clock), side, sealing, uuid4())
        await billing.open()
        await send_invoices(billing)
        event = await awaited(billing)
        api.meanwhile = partial(pay, billing)
        published = await cancel(billing)
        assert [type(message) for message in published] == [BillingCommandRejected, QuantitiesSet]
        assert published[0].code == RejectionCode.NOTHING_AWAITED
        assert published[1].operation_id == event.operation_id
        await billing.service.close()
        await api.close()


async def test_a_void_invoice_undoes_the_change_at_stripe_without_a_credit(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    event = await awaited(billing)
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    await billing.stripe.post(f"invoices/{newest['id']}/void")
    lapsed, rejected = await reading(billing, "invoice.voided")
    assert isinstance(lapsed, PaymentLapsed)
    assert (lapsed.operation_id, lapsed.reason, lapsed.amount) == (event.operation_id, Lapse.VOIDED, event.amount)
    assert isinstance(rejected, QuantitiesRejected)
    assert (rejected.operation_id, rejected.code) == (event.operation_id, RejectionCode.CHANGE_UNDONE)
    assert await billing.stripe.quantities(billing.subscription_id) == (2, 1)
    held = await billing.stripe.get(f"subscriptions/{billing.subscription_id}")
    pending = await billing.stripe.get("invoiceitems", customer=held["customer"], pending="true")
    customer = await billing.stripe.get(f"customers/{held['customer']}")
    assert (pending["data"], customer["balance"]) == ([], 0)
    assert await reading(billing) == []


async def test_an_invoice_that_is_written_off_is_voided_so_that_nobody_pays_for_nothing(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    await awaited(billing)
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    await billing.stripe.post(f"invoices/{newest['id']}/mark_uncollectible")
    lapsed, _ = await reading(billing, "invoice.marked_uncollectible")
    assert lapsed.reason is Lapse.WRITTEN_OFF
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    assert newest["status"] == "void"


async def test_an_edit_in_the_dashboard_takes_the_place_of_the_change(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    event = await awaited(billing)
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=3, voice=1)
    published = await reading(billing, "customer.subscription.updated")
    lapsed = next(one for one in published if isinstance(one, PaymentLapsed))
    assert (lapsed.reason, lapsed.operation_id) == (Lapse.REPLACED, event.operation_id)
    (changed,) = [one for one in published if isinstance(one, SubscriptionChanged)]
    assert changed.after == Seats(base=3, voice=1)
    assert isinstance(published[-1], QuantitiesRejected)


@pytest.mark.parametrize("behavior", ["keep_as_draft", "mark_uncollectible", "void"])
async def test_while_collection_is_paused_no_seat_is_given(billing: Billing, behavior: str) -> None:
    await billing.open()
    await pause_collection(billing, behavior)
    await save(billing, 4, 1)
    published = await settled(billing)
    assert isinstance(published[0], PaymentAwaited)
    assert not any(isinstance(one, QuantitiesSet | PaymentFailed) for one in published)
    waits = behavior == "keep_as_draft"
    assert await billing.stripe.quantities(billing.subscription_id) == ((4, 1) if waits else (2, 1))
    assert (len(published) == 1) is waits


async def test_a_draft_is_paid_when_the_pause_ends(billing: Billing) -> None:
    await billing.open()
    await pause_collection(billing, "keep_as_draft")
    event = await awaited(billing)
    assert (event.until, event.sealed) == (None, None)
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    await billing.stripe.post(f"subscriptions/{billing.subscription_id}", pause_collection="")
    await billing.stripe.post(f"invoices/{newest['id']}/pay")
    (paid,) = await reading(billing, "invoice.paid")
    assert isinstance(paid, QuantitiesSet)


async def test_a_reduction_on_account_has_nothing_to_pay_and_is_made_at_once(billing: Billing) -> None:
    await billing.open(4, 1)
    await send_invoices(billing)
    await save(billing, 2, 1, before=(4, 1))
    (made,) = await events(billing)
    assert isinstance(made, QuantitiesSet)


async def test_meanwhile_no_other_change_is_quoted_or_made(billing: Billing) -> None:
    await billing.open()
    cycle = await billing.quote_cycle(BillingCycle.ANNUAL)
    await send_invoices(billing)
    await awaited(billing)
    await billing.service.handle(QuoteSeats(after=Seats(base=6), session="s"), billing.agency_id, sender="gateway")
    await billing.command((2, 1), (2, 2))
    switch = SwitchCycle(cycle=BillingCycle.ANNUAL, quote_id=cycle.quote_id)
    await billing.service.handle(switch, billing.agency_id, sender="gateway")
    quote, purchase, switched = await events(billing)
    assert (type(quote), type(purchase)) == (QuoteRejected, QuantitiesRejected)
    assert {quote.code, purchase.code, switched.code} == {RejectionCode.PAYMENT_PENDING}


async def test_a_canceled_subscription_ends_the_wait(billing: Billing) -> None:
    await billing.open()
    await send_invoices(billing)
    await awaited(billing)
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", cancel=True)
    published = await reading(billing, "customer.subscription.deleted")
    lapsed = next(one for one in published if isinstance(one, PaymentLapsed))
    assert lapsed.reason is Lapse.ENDED
    assert not any(isinstance(one, PaymentFailed | PaymentRecovered) for one in published)


async def authenticate(billing: Billing) -> None:
    """The cardholder confirms the payment on Stripe's page."""
    newest = (await billing.stripe.invoices(billing.subscription_id))[0]
    await billing.stripe.confirm(newest["hosted_invoice_url"])


async def set_card(billing: Billing, kind: str) -> None:
    held = await billing.stripe.get(f"subscriptions/{billing.subscription_id}")
    await billing.stripe.control(f"customers/{held['customer']}/card", kind=kind)


async def test_a_payment_that_the_bank_wants_confirmed_leaves_a_pending_update(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    event = await awaited(billing)
    held = await billing.stripe.get(f"subscriptions/{billing.subscription_id}")
    (invoice, *_) = await billing.stripe.invoices(billing.subscription_id)
    assert (event.confirm, event.amount) == (True, invoice["amount_due"])
    assert event.until is not None
    assert event.until.timestamp() == held["pending_update"]["expires_at"]
    assert event.sealed is not None
    assert billing.sealing.open(event.sealed) == {"url": invoice["hosted_invoice_url"]}
    assert await billing.stripe.quantities(billing.subscription_id) == (2, 1)
    assert await reading(billing, "invoice.payment_action_required") == []


async def test_a_confirmed_change_is_made_at_the_quotes_price(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    event = await awaited(billing)
    await authenticate(billing)
    (made,) = await reading(billing, "customer.subscription.pending_update_applied")
    assert isinstance(made, QuantitiesSet)
    assert (made.operation_id, made.charged) == (event.operation_id, event.amount)
    assert await billing.stripe.quantities(billing.subscription_id) == (4, 1)
    assert await reading(billing, "invoice.paid") == []


async def test_a_payment_that_is_not_confirmed_in_23_hours_is_given_up_without_any_event(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    event = await awaited(billing)
    billing.service.clock.advance(23 * 3600 + 61)
    lapsed, rejected = await settled(billing)
    assert (lapsed.reason, lapsed.operation_id) == (Lapse.EXPIRED, event.operation_id)
    assert rejected.code is RejectionCode.CHANGE_UNDONE
    await save(billing, 3, 1)
    (again,) = await events(billing)
    assert isinstance(again, PaymentAwaited)


async def test_a_refused_cancel_leaves_the_23_hours_as_they_were(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    event = await awaited(billing)
    await billing.stripe.fault("error", path="/v1/invoices/*/void", code="400")
    await cancel(billing)
    billing.service.clock.advance(3600 + 61)
    assert await settled(billing) == []
    billing.service.clock.advance(22 * 3600)
    lapsed, _ = await settled(billing)
    assert (lapsed.reason, lapsed.operation_id) == (Lapse.EXPIRED, event.operation_id)


async def test_an_edit_in_the_dashboard_discards_the_pending_update(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    await awaited(billing)
    await set_card(billing, "good")
    await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=3, voice=1)
    published = await reading(billing, "customer.subscription.updated")
    assert [type(one) for one in published if not isinstance(one, CardChanged)] == [
        SubscriptionChanged,
        PaymentLapsed,
        QuantitiesRejected,
    ]


async def test_a_lost_answer_of_a_pending_update_makes_one_pending_update(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    quoted = await billing.quote(4, 1)
    await billing.stripe.fault("drop_answer", path="/v1/subscriptions/*", times=5)
    await billing.command((2, 1), (4, 1), quoted.quote_id)
    published = await billing.persist_until_published(PaymentAwaited)
    assert [type(one) for one in published] == [PaymentAwaited]
    assert await settled(billing) == []
    invoices = await billing.stripe.invoices(billing.subscription_id)
    assert [invoice["status"] for invoice in invoices] == ["open", "paid"]


async def test_auto_add_says_that_nobody_is_there_and_leaves_nothing_pending(billing: Billing) -> None:
    await billing.open()
    await set_card(billing, "action_required")
    await billing.command((2, 1), (3, 1))
    (rejected,) = await settled(billing)
    assert (type(rejected), rejected.code) == (QuantitiesRejected, RejectionCode.PAYMENT_ACTION_REQUIRED)
    held = await billing.stripe.get(f"subscriptions/{billing.subscription_id}")
    assert held["pending_update"] is None
    sent = await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")
    assert sent[-1]["params"]["off_session"] == "true"
