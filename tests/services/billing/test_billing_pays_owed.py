"""When an admin tries again, the card is charged what is owed: the oldest invoice first, each invoice once."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from contracts import billing_rejections
from contracts.billing import BillingCommandRejected, PayOwed, PlanChanged
from contracts.billing_payments import CardChanged, DebtChanged, PaymentRecovered
from contracts.message import Owed
from contracts.payment_vocabulary import PaymentState
from contracts.vocabulary import RejectionCode, member
from tests.services.billing.conftest import Billing
from tests.services.billing.test_billing_handles_stripe_events import MONTH, renewal_declined

ADMIN = member(uuid4())


async def owing(billing: Billing) -> str:
    """Have a renewal unpaid and read; the invoice's id."""
    invoice_id = await renewal_declined(billing)
    await known(billing, invoice_id)
    return invoice_id


async def known(billing: Billing, invoice_id: str) -> None:
    """Handle Stripe's event about the declined payment."""
    assert billing.account is not None
    await billing.event(billing.account.customer_id, "invoice.payment_failed", object_id=invoice_id)
    await billing.service.run_tasks()
    await billing.service.published()


async def card(billing: Billing, kind: str) -> None:
    assert billing.account is not None
    await billing.stripe.control(f"customers/{billing.account.customer_id}/card", kind=kind)


async def another_try(billing: Billing) -> UUID:
    """Send an admin's retry; the command's id."""
    retry = uuid4()
    await billing.service.handle(
        PayOwed(), billing.agency_id, sender="seats", correlation_id=retry, actor=ADMIN, id=retry
    )
    await billing.service.run_tasks()
    return retry


async def statuses(billing: Billing) -> list[str]:
    """The states of the subscription's invoices, newest first."""
    return [invoice["status"] for invoice in await billing.stripe.invoices(billing.subscription_id)]


def of(published: list[Any], kind: type[Any]) -> list[Any]:
    return [message for message in published if isinstance(message.data, kind)]


async def test_a_good_card_pays_the_debt_and_the_recovery_ends_the_command(billing: Billing) -> None:
    invoice_id = await owing(billing)
    await card(billing, "good")
    retry = await another_try(billing)
    published = await billing.service.published()
    (recovered,) = of(published, PaymentRecovered)
    assert (recovered.data.invoice.id, recovered.data.retried) == (invoice_id, True)
    assert (recovered.envelope.correlation_id, recovered.envelope.actor) == (retry, ADMIN)
    assert [message.data.payment_state for message in of(published, PlanChanged)] == [PaymentState.OK]
    assert await statuses(billing) == ["paid", "paid"]


async def test_a_declined_card_rejects_the_command_with_the_banks_reason(billing: Billing) -> None:
    await owing(billing)
    retry = await another_try(billing)
    (refused,) = await billing.published()
    assert isinstance(refused.data, BillingCommandRejected)
    assert (refused.data.command_type, refused.data.code) == (PayOwed.type, RejectionCode.PAYMENT_DECLINED)
    assert refused.data.figures.as_json() == {"decline_code": "generic_decline"}
    assert refused.envelope.correlation_id == retry
    assert await statuses(billing) == ["open", "paid"]


async def test_one_command_pays_two_invoices_and_publishes_one_recovery(billing: Billing) -> None:
    await owing_two(billing)
    await card(billing, "good")
    await another_try(billing)
    partly, recovered = await billing.published()
    assert partly.data == DebtChanged(owed=Owed(invoices=1, amount=11997, decline_code="generic_decline")), (
        "nothing is over yet"
    )
    assert isinstance(recovered.data, PaymentRecovered)
    assert recovered.data.paid == Owed(invoices=2, amount=23994)
    assert recovered.data.retried, "the second invoice's payment ends the try, too"
    assert await statuses(billing) == ["paid", "paid", "paid"]


async def owing_two(billing: Billing) -> None:
    """Have two renewals unpaid."""
    await owing(billing)
    billing.service.clock.advance(MONTH + 3700)
    newest, *_ = await billing.stripe.invoices(billing.subscription_id)
    await known(billing, newest["id"])
    assert await statuses(billing) == ["open", "open", "paid"]


async def test_a_card_that_pays_only_the_first_invoice_rejects_the_command_as_past_due(
    billing: Billing,
) -> None:
    await owing_two(billing)
    await card(billing, "good")
    newest, *_ = await billing.stripe.invoices(billing.subscription_id)
    fault = {"match": {"path": f"/v1/invoices/{newest['id']}/pay"}, "kind": "decline"}
    await billing.stripe.control("faults", **fault)
    retry = await another_try(billing)
    *_, refused = await billing.published()
    assert isinstance(refused.data, BillingCommandRejected)
    assert refused.data.command_id == str(retry), "the second invoice's operation is no command"
    assert refused.data.code == RejectionCode.PAST_DUE
    assert refused.data.figures == billing_rejections.PastDue("generic_decline", 11997, "usd", 1)
    assert await statuses(billing) == ["open", "paid", "paid"]


async def test_an_invoice_paid_in_the_portal_is_not_charged_again(billing: Billing) -> None:
    invoice_id = await owing(billing)
    await card(billing, "good")
    await billing.stripe.api._stripe.v1.invoices.pay_async(invoice_id)
    retry = await another_try(billing)
    (recovered,) = await billing.published()
    assert recovered.envelope.correlation_id == retry
    (invoice, _) = await billing.stripe.invoices(billing.subscription_id)
    assert invoice["amount_paid"] == invoice["total"]


async def test_two_commands_at_once_both_end(billing: Billing) -> None:
    await owing(billing)
    await card(billing, "good")
    for _ in range(2):
        await billing.service.handle(PayOwed(), billing.agency_id, sender="seats", correlation_id=uuid4(), actor=ADMIN)
    await billing.persist()
    recovered, refused = await billing.published()
    assert isinstance(recovered.data, PaymentRecovered)
    assert refused.data.code == RejectionCode.NOTHING_TO_CHANGE


async def test_without_a_debt_or_an_account_no_call_is_made(billing: Billing) -> None:
    await another_try(billing)
    (refused,) = await billing.published()
    assert refused.data.code == RejectionCode.BILLING_UNAVAILABLE
    await billing.open(2, 1)
    await billing.service.published()
    await another_try(billing)
    (refused,) = await billing.published()
    assert refused.data.code == RejectionCode.NOTHING_TO_CHANGE


async def test_the_card_pays_once_although_stripes_response_was_lost(billing: Billing) -> None:
    invoice_id = await owing(billing)
    await card(billing, "good")
    fault = {"match": {"path": f"/v1/invoices/{invoice_id}/pay"}, "kind": "drop_answer"}
    await billing.stripe.control("faults", **fault)
    await another_try(billing)
    await billing.persist()
    (recovered,) = await billing.published()
    assert isinstance(recovered.data, PaymentRecovered)
    assert await statuses(billing) == ["paid", "paid"]


async def test_an_invoice_that_was_voided_meanwhile_is_owed_no_more(billing: Billing) -> None:
    invoice_id = await owing(billing)
    await billing.stripe.api._stripe.v1.invoices.void_invoice_async(invoice_id)
    await another_try(billing)
    (recovered,) = await billing.published()
    assert isinstance(recovered.data, PaymentRecovered), "a voided invoice is owed no more"


async def test_an_invoice_that_was_written_off_is_paid_while_the_subscription_is_not_active(billing: Billing) -> None:
    await owing_two(billing)
    _, older, _ = await billing.stripe.invoices(billing.subscription_id)
    await billing.stripe.api._stripe.v1.invoices.mark_uncollectible_async(older["id"])
    await card(billing, "good")
    await another_try(billing)
    *_, recovered = await billing.published()
    assert isinstance(recovered.data, PaymentRecovered)
    assert (recovered.data.retried, await statuses(billing)) == (True, ["paid", "paid", "paid"])


async def test_another_card_pays_the_debt_and_no_command_ends(billing: Billing) -> None:
    await owing_two(billing)
    await card(billing, "good")
    assert billing.account is not None
    await billing.event(billing.account.customer_id, "customer.updated")
    await billing.service.run_tasks()
    billing.service.clock.advance(3)
    await billing.persist()
    published = await billing.published()
    assert [type(message.data) for message in published] == [CardChanged, DebtChanged, PaymentRecovered]
    assert published[-1].data.retried is False
    assert await statuses(billing) == ["paid", "paid", "paid"]


async def test_another_card_that_is_declined_for_another_reason_keeps_the_debt_with_that_reason(
    billing: Billing,
) -> None:
    invoice_id = await owing(billing)
    assert billing.account is not None
    customer = billing.account.customer_id
    attached = await billing.stripe.post("payment_methods/pm_card_chargeCustomerFail/attach", customer=customer)
    await billing.stripe.post(f"customers/{customer}", **{"invoice_settings[default_payment_method]": attached["id"]})
    fault = {"match": {"path": f"/v1/invoices/{invoice_id}/pay"}, "kind": "decline", "code": "expired_card"}
    await billing.stripe.control("faults", **fault)
    await billing.event(customer, "customer.updated")
    await billing.service.run_tasks()
    billing.service.clock.advance(3)
    await billing.persist()
    changed, debt, *_ = (message.data for message in await billing.published())
    assert (type(changed), type(debt)) == (CardChanged, DebtChanged)
    assert debt.owed.decline_code == "expired_card"
