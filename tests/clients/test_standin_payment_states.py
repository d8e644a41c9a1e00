"""An update's 200 is not a payment: its invoice may be open, draft or processing, and each of them may end unpaid.

The pages: "Collection methods", "Pause payment collection", "ACH Direct Debit", "Subscription statuses", "Invoice
states and transitions", and the reports that each test names.
"""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_proration import change, invoice_of
from tests.clients.test_standin_time import newest

HOUR = 3600


async def owed(standin: StandIn, agency: Agency) -> stripe.Invoice:
    """An open invoice: the card was declined for one more Base seat."""
    await standin.card(agency.customer, "declining")
    changed = await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete")
    await standin.card(agency.customer, "good")
    return invoice_of(changed)


async def status(standin: StandIn, agency: Agency) -> str:
    return (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status


async def by_invoice(standin: StandIn, agency: Agency, days: int = 30) -> None:
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"collection_method": "send_invoice", "days_until_due": days}
    )


async def pause(standin: StandIn, agency: Agency, behaviour: str, **more: int) -> None:
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription,
        {"pause_collection": {"behavior": behaviour, **more}},  # type: ignore[arg-type]
    )


async def test_a_sent_invoice_stays_open_although_the_update_is_a_200(standin: StandIn, agency: Agency) -> None:
    """Collection methods; bitwarden/server#1571, useautumn/autumn#2167."""
    await by_invoice(standin, agency)
    changed = await change(standin, agency, base=3, voice=1)
    invoice = invoice_of(changed)
    assert (changed.status, invoice.status, invoice.amount_paid) == ("active", "open", 0)
    assert (invoice.collection_method, invoice.attempted) == ("send_invoice", False)
    assert invoice.due_date == invoice.created + 30 * DAY
    assert await quantities(standin, agency) == [3, 1]


async def test_a_sent_invoice_that_is_overdue_makes_the_subscription_past_due(standin: StandIn, agency: Agency) -> None:
    """Collection methods: `invoice.overdue`; nothing is charged, and a payment makes it active again."""
    await by_invoice(standin, agency, days=7)
    invoice = invoice_of(await change(standin, agency, base=3, voice=1))
    await standin.advance(7 * DAY)
    assert await status(standin, agency) == "past_due"
    await standin.webhooks.until("invoice.overdue")
    assert (await standin.stripe.v1.invoices.retrieve_async(invoice.id)).attempt_count == 0
    await standin.stripe.v1.invoices.pay_async(invoice.id)
    assert await status(standin, agency) == "active"


async def test_send_invoice_needs_the_days_until_due(standin: StandIn, agency: Agency) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"collection_method": "send_invoice"})
    assert refused.value.param == "days_until_due"


@pytest.mark.parametrize(
    ("behaviour", "left"), [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")]
)
async def test_a_paused_collection_charges_nothing_for_an_update_or_a_renewal(
    standin: StandIn, agency: Agency, behaviour: str, left: str
) -> None:
    """Pause payment collection: the status stays active; pay-rails/pay#659."""
    await pause(standin, agency, behaviour)
    changed = await change(standin, agency, base=3, voice=1)
    invoice = invoice_of(changed)
    assert (changed.status, invoice.status, invoice.amount_paid) == ("active", left, 0)
    await standin.advance(31 * DAY + HOUR)
    renewal = await newest(standin, agency)
    assert (renewal.billing_reason, renewal.status, renewal.auto_advance) == ("subscription_cycle", left, False)


async def test_a_pause_ends_when_it_is_unset_or_at_its_time(standin: StandIn, agency: Agency) -> None:
    """Pause payment collection: `resumes_at`, and an empty string."""
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    await pause(standin, agency, "void", resumes_at=held.created + 2 * DAY)
    await standin.advance(2 * DAY)
    assert invoice_of(await change(standin, agency, base=3, voice=1)).status == "paid"
    await pause(standin, agency, "void")
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"pause_collection": ""})
    assert invoice_of(await change(standin, agency, base=4, voice=1)).status == "paid"


@pytest.mark.parametrize(
    ("kind", "after", "then"), [("bank_debit", "paid", "active"), ("bank_debit_failing", "open", "past_due")]
)
async def test_a_bank_debit_is_processing_for_days_and_then_paid_or_failed(
    standin: StandIn, agency: Agency, kind: str, after: str, then: str
) -> None:
    """ACH Direct Debit: up to four business days; `error_if_incomplete` does not see the failure."""
    await standin.card(agency.customer, kind)
    changed = await change(standin, agency, base=3, voice=1)
    invoice = invoice_of(changed)
    assert (changed.status, invoice.status, invoice.amount_paid, invoice.attempted) == ("active", "open", 0, True)
    whole = await standin.stripe.v1.invoices.retrieve_async(invoice.id, {"expand": ["payments"]})
    assert whole.payments is not None
    intent = whole.payments.data[0].payment.payment_intent
    assert isinstance(intent, str)
    assert (await standin.stripe.v1.payment_intents.retrieve_async(intent)).status == "processing"
    await standin.advance(4 * DAY)
    assert (await standin.stripe.v1.invoices.retrieve_async(invoice.id)).status == after
    assert await status(standin, agency) == then


async def test_a_subscription_that_takes_cards_only_does_not_charge_a_bank_account(
    standin: StandIn, agency: Agency
) -> None:
    """Manage subscription payment methods: `payment_settings.payment_method_types`."""
    await standin.card(agency.customer, "bank_debit")
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"payment_settings": {"payment_method_types": ["card"]}}
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await change(standin, agency, base=3, voice=1)
    assert (refused.value.code, await quantities(standin, agency)) == ("resource_missing", [2, 1])


async def test_without_any_card_an_update_is_refused_and_names_no_parameter(standin: StandIn, agency: Agency) -> None:
    """No page documents a `param` for it."""
    await standin.card(agency.customer, "none")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await change(standin, agency, base=3, voice=1)
    assert (refused.value.code, refused.value.param) == ("resource_missing", None)
    assert (await change(standin, agency, base=1, voice=1))["items"].data[0].quantity == 1


async def test_authentication_has_a_code_of_its_own_when_an_invoice_is_paid(standin: StandIn, agency: Agency) -> None:
    """stripe/stripe-node#628: not the code of an update."""
    invoice = await owed(standin, agency)
    await standin.card(agency.customer, "action_required")
    with pytest.raises(stripe.CardError) as refused:
        await standin.stripe.v1.invoices.pay_async(invoice.id)
    assert refused.value.code == "invoice_payment_intent_requires_action"
    await standin.fault("action_required", match={"customer": agency.customer})
    with pytest.raises(stripe.CardError) as at_update:
        await change(standin, agency, base=4, voice=1)
    assert at_update.value.code == "subscription_payment_intent_requires_action"


async def test_an_uncollectible_invoice_can_still_be_paid_and_a_void_one_cannot(
    standin: StandIn, agency: Agency
) -> None:
    """Invoice states and transitions; dj-stripe/dj-stripe#1870."""
    written_off = await owed(standin, agency)
    marked = await standin.stripe.v1.invoices.mark_uncollectible_async(written_off.id)
    assert (marked.status, marked.next_payment_attempt) == ("uncollectible", None)
    assert await status(standin, agency) == "active"
    assert (await standin.stripe.v1.invoices.pay_async(written_off.id)).status == "paid"
    changed = await change(standin, agency, base=2, voice=1)
    await standin.card(agency.customer, "declining")
    again = invoice_of(await change(standin, agency, base=9, voice=1, payment_behavior="allow_incomplete"))
    await standin.stripe.v1.invoices.void_invoice_async(again.id)
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.invoices.pay_async(again.id)
    assert changed.status == "active"


async def test_a_void_invoice_gives_back_what_it_took_from_the_balance(standin: StandIn, agency: Agency) -> None:
    """Customer credit balance: `unapplied_from_invoice`."""
    await standin.stripe.v1.customers.update_async(agency.customer, {"balance": -100})
    invoice = await owed(standin, agency)
    await standin.stripe.v1.invoices.void_invoice_async(invoice.id)
    assert (await standin.stripe.v1.customers.retrieve_async(agency.customer)).balance == -100


async def test_an_invoice_paid_out_of_band_is_paid_without_a_charge(standin: StandIn, agency: Agency) -> None:
    """API reference, Pay an invoice: `paid_out_of_band`."""
    invoice = await owed(standin, agency)
    await standin.card(agency.customer, "none")
    paid = await standin.stripe.v1.invoices.pay_async(invoice.id, {"paid_out_of_band": True, "expand": ["payments"]})
    assert (paid.status, paid.amount_paid_off_stripe) == ("paid", paid.amount_due)
    assert paid.payments is not None
    assert [payment.status for payment in paid.payments.data] == ["canceled"], "the card had declined it"


async def test_the_payment_of_an_unpaid_invoice_has_the_banks_reason_until_another_try_pays(
    standin: StandIn, agency: Agency
) -> None:
    """API reference, The PaymentIntent object: `last_payment_error`."""
    invoice = await owed(standin, agency)
    expand: stripe.params.InvoiceRetrieveParams = {"expand": ["payments.data.payment.payment_intent"]}
    whole = await standin.stripe.v1.invoices.retrieve_async(invoice.id, expand)
    assert whole.payments is not None
    [payment] = whole.payments.data
    intent = payment.payment.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert intent.last_payment_error is not None
    assert (payment.status, intent.last_payment_error.decline_code) == ("open", "generic_decline")
    await standin.card(agency.customer, "good")
    await standin.stripe.v1.invoices.pay_async(invoice.id)
    whole = await standin.stripe.v1.invoices.retrieve_async(invoice.id, expand)
    assert whole.payments is not None
    assert [payment.status for payment in whole.payments.data] == ["paid"]


async def test_an_invoice_paid_meanwhile_refuses_another_payment(standin: StandIn, agency: Agency) -> None:
    """Invoice states: paid between the read and the `pay` is a 400, not a payment."""
    invoice = await owed(standin, agency)
    await standin.stripe.v1.invoices.pay_async(invoice.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await standin.stripe.v1.invoices.pay_async(invoice.id)
    assert refused.value.code == "invoice_already_paid"


@pytest.mark.parametrize(("setting", "then"), [("past_due", "past_due"), ("unpaid", "unpaid"), ("cancel", "canceled")])
async def test_after_the_last_retry_the_accounts_setting_decides(
    standin: StandIn, agency: Agency, setting: str, then: str
) -> None:
    """Automate payment retries: subscription status."""
    (await standin.control.post("/_control/dashboard/account", json={"afterRetries": setting})).raise_for_status()
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + HOUR + 16 * DAY)
    assert await status(standin, agency) == then


async def test_an_unpaid_subscriptions_new_invoices_stay_drafts(standin: StandIn, agency: Agency) -> None:
    """Subscription statuses: unpaid."""
    path = f"/_control/dashboard/subscriptions/{agency.subscription}/status"
    (await standin.control.post(path, json={"status": "unpaid"})).raise_for_status()
    assert invoice_of(await change(standin, agency, base=3, voice=1)).status == "draft"
    await standin.advance(31 * DAY + HOUR)
    assert (await newest(standin, agency)).status == "draft"
