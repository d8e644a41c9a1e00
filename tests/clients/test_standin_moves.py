"""Money that moves without a change of seats: one-off items and invoices, refunds, credit notes, disputes, the balance.

The pages: "Invoice items", "Refunds", "Credit notes", "Disputes", "Customer credit balance".
"""

from typing import Any

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, StandIn
from tests.clients.test_standin_preview import preview
from tests.clients.test_standin_proration import amounts, balance, change, invoice_of
from tests.clients.test_standin_time import newest

HOUR = 3600


async def one_off(standin: StandIn, agency: Agency, cents: int = 700, **more: str) -> stripe.InvoiceItem:
    return await standin.stripe.v1.invoice_items.create_async(
        {"customer": agency.customer, "amount": cents, "currency": "usd", "description": "Training", **more}  # type: ignore[arg-type]
    )


async def ledger(standin: StandIn, agency: Agency) -> list[tuple[str, int, int]]:
    listed = await standin.stripe.v1.customers.balance_transactions.list_async(agency.customer)
    return [(one.type, one.amount, one.ending_balance) for one in reversed(listed.data)]


async def charge_of(standin: StandIn, invoice_id: str) -> stripe.Charge:
    invoice = await standin.stripe.v1.invoices.retrieve_async(invoice_id, {"expand": ["payments"]})
    assert invoice.payments is not None
    intent_id = invoice.payments.data[0].payment.payment_intent
    assert isinstance(intent_id, str)
    intent = await standin.stripe.v1.payment_intents.retrieve_async(intent_id)
    assert isinstance(intent.latest_charge, str)
    return await standin.stripe.v1.charges.retrieve_async(intent.latest_charge)


async def test_the_customers_next_invoice_takes_a_pending_item(standin: StandIn, agency: Agency) -> None:
    """Invoice items: of the customer alone, the next invoice of any subscription takes it."""
    item = await one_off(standin, agency)
    foreseen = await preview(standin, agency, base=3, voice=1)
    invoice = invoice_of(await change(standin, agency, base=3, voice=1))
    assert amounts(foreseen) == amounts(invoice) == [700, -5998, 8997]
    first = invoice.lines.data[0].parent
    assert first is not None
    assert (first.type, first.invoice_item_details and first.invoice_item_details.invoice_item) == (
        "invoice_item_details",
        item.id,
    )
    taken = await standin.stripe.v1.invoice_items.retrieve_async(item.id)
    assert (taken.invoice, taken.proration) == (invoice.id, False)


async def test_an_item_of_a_subscription_waits_for_that_subscriptions_invoice(standin: StandIn, agency: Agency) -> None:
    await one_off(standin, agency, subscription=agency.subscription)
    await standin.advance(31 * DAY)
    assert amounts(await newest(standin, agency)) == [700, 5998, 5999]


async def test_a_pending_item_can_be_deleted(standin: StandIn, agency: Agency) -> None:
    item = await one_off(standin, agency)
    assert (await standin.stripe.v1.invoice_items.delete_async(item.id)).deleted
    assert amounts(await preview(standin, agency, base=3, voice=1)) == [-5998, 8997]


async def test_a_one_off_invoice_is_the_customers_and_no_subscriptions(standin: StandIn, agency: Agency) -> None:
    """Create an invoice: pending items are excluded unless they are asked for."""
    await one_off(standin, agency)
    empty = await standin.stripe.v1.invoices.create_async({"customer": agency.customer})
    assert empty.total == 0
    assert (await standin.stripe.v1.invoices.delete_async(empty.id)).deleted
    made = await standin.stripe.v1.invoices.create_async(
        {"customer": agency.customer, "pending_invoice_items_behavior": "include"}
    )
    assert (made.total, made.parent) == (700, None)
    assert (await standin.stripe.v1.invoices.pay_async(made.id)).status == "paid"
    of_subscription = await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})
    assert made.id not in [invoice.id for invoice in of_subscription.data]


async def test_an_item_can_be_put_on_a_draft(standin: StandIn, agency: Agency) -> None:
    draft = await standin.stripe.v1.invoices.create_async({"customer": agency.customer})
    await one_off(standin, agency, invoice=draft.id)
    assert (await standin.stripe.v1.invoices.retrieve_async(draft.id)).total == 700


async def test_a_refund_leaves_the_invoice_paid(standin: StandIn, agency: Agency) -> None:
    """Refunds: of the charge, in parts up to its amount."""
    paid = await newest(standin, agency)
    charge = await charge_of(standin, paid.id)
    part = await standin.stripe.v1.refunds.create_async({"charge": charge.id, "amount": 1000})
    assert (part.status, part.amount) == ("succeeded", 1000)
    assert isinstance(charge.payment_intent, str)
    rest = await standin.stripe.v1.refunds.create_async({"payment_intent": charge.payment_intent})
    assert rest.amount == 10997
    with pytest.raises(stripe.InvalidRequestError) as again:
        await standin.stripe.v1.refunds.create_async({"charge": charge.id})
    assert again.value.code == "charge_already_refunded"
    after = await newest(standin, agency)
    assert (after.status, after.amount_paid, (await charge_of(standin, paid.id)).refunded) == ("paid", 11997, True)
    await standin.webhooks.until("charge.refunded", 2)


async def test_a_credit_note_on_a_paid_invoice_refunds_or_credits_the_balance(standin: StandIn, agency: Agency) -> None:
    """Credit notes: post-payment; `refund_amount` and `credit_amount` add up to the amount."""
    paid = await newest(standin, agency)
    note = await standin.stripe.v1.credit_notes.create_async(
        {"invoice": paid.id, "amount": 3000, "refund_amount": 1000, "credit_amount": 2000}
    )
    assert (note.type, note.post_payment_amount, note.pre_payment_amount) == ("post_payment", 3000, 0)
    assert [refund.amount_refunded for refund in note.refunds] == [1000]
    assert await balance(standin, agency) == -2000
    after = await newest(standin, agency)
    assert (after.status, after.post_payment_credit_notes_amount, after.amount_paid) == ("paid", 3000, 11997)
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.credit_notes.create_async({"invoice": paid.id, "amount": 100})
    await standin.webhooks.until("credit_note.created")


async def test_a_credit_note_on_an_open_invoice_lowers_what_is_owed(standin: StandIn, agency: Agency) -> None:
    """Credit notes: pre-payment; the whole amount makes the invoice paid."""
    await standin.card(agency.customer, "declining")
    owed = invoice_of(await change(standin, agency, base=3, voice=1, payment_behavior="allow_incomplete"))
    await standin.stripe.v1.credit_notes.create_async({"invoice": owed.id, "amount": 1000})
    lower = await standin.stripe.v1.invoices.retrieve_async(owed.id)
    assert (lower.status, lower.amount_remaining, lower.total) == ("open", owed.amount_due - 1000, owed.total)
    await standin.stripe.v1.credit_notes.create_async({"invoice": owed.id, "amount": lower.amount_remaining})
    assert (await standin.stripe.v1.invoices.retrieve_async(owed.id)).status == "paid"
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).status == "active"


@pytest.mark.parametrize("outcome", ["lost", "won"])
async def test_a_dispute_takes_the_payment_back_until_the_bank_decides(
    standin: StandIn, agency: Agency, outcome: str
) -> None:
    """Disputes: `charge.dispute.created`, `closed`; the invoice stays paid."""
    paid = await newest(standin, agency)
    made: dict[str, Any] = (
        await standin.control.post("/_control/dashboard/disputes", json={"invoice": paid.id})
    ).json()
    assert (made["status"], made["amount"], (await charge_of(standin, paid.id)).disputed) == (
        "needs_response",
        11997,
        True,
    )
    ended = await standin.control.post("/_control/dashboard/disputes", json={"dispute": made["id"], "outcome": outcome})
    assert ended.json()["status"] == outcome
    listed = await standin.stripe.v1.disputes.list_async({"charge": made["charge"]})
    assert [dispute.status for dispute in listed.data] == [outcome]
    assert (await newest(standin, agency)).status == "paid"
    await standin.webhooks.until("charge.dispute.closed")


async def test_every_movement_of_the_balance_is_in_its_ledger(standin: StandIn, agency: Agency) -> None:
    """Customer credit balance: each transaction has its type, and they add up to the balance.

    At once: 1 Base less is 3100 - 5998; then 2 Voice instead of 1 is 11998 - 5999, of which the balance pays 3898.
    """
    await standin.stripe.v1.customers.balance_transactions.create_async(
        agency.customer, {"amount": -1000, "currency": "usd"}
    )
    await change(standin, agency, base=1, voice=1)
    await change(standin, agency, base=1, voice=2)
    await standin.stripe.v1.customers.update_async(agency.customer, {"balance": 40})
    assert await ledger(standin, agency) == [
        ("adjustment", -1000, -1000),
        ("applied_to_invoice", -2898, -3898),
        ("applied_to_invoice", 3898, 0),
        ("adjustment", 40, 40),
    ]
    assert await balance(standin, agency) == 40


async def test_an_invoice_that_is_too_small_is_in_the_ledger_as_such(standin: StandIn, agency: Agency) -> None:
    """With half a day left of 31: floor(-5998/62) = -97 and floor(8997/62) = 145: 48 cents."""
    await standin.advance(30 * DAY + DAY // 2)
    await change(standin, agency, base=3, voice=1)
    assert await ledger(standin, agency) == [("invoice_too_small", 48, 48)]
