"""Payments of invoices: by card at once, by bank debit after days, each with its intent, its charge and its record."""

from deploy.local.stripe_standin.errors import AUTHENTICATION_CODES, StripeError
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.world import Draft, Obj

_DAY = 86_400
# Stripe's documentation, "ACH Direct Debit": up to four business days until the bank has answered.
DEBIT_SECONDS = 4 * _DAY


def start(draft: Draft, invoice: Obj, method_id: str, *, status: str) -> None:
    """Add a payment of what is due, in place of one that failed.

    `status` is that of its intent: `succeeded`, `processing`, or `requires_payment_method` after a decline.
    """
    invoice["_payments"] = [payment for payment in invoice["_payments"] if payment["status"] != "open"]
    cents = invoice["amount_remaining"]
    charge_id, intent_id = new_id("ch"), new_id("pi")
    paid = status == "succeeded"
    method = draft.get("payment_methods", method_id)
    draft.add("charges", _charge(draft, charge_id, intent_id, invoice, method, paid=paid))
    draft.add("payment_intents", _intent(draft, charge_id, intent_id, invoice, method, status=status))
    invoice["_payments"].append(
        {
            "id": new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": cents if paid else None,
            "amount_requested": cents,
            "created": draft.now,
            "currency": invoice["currency"],
            "invoice": invoice["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent_id, "type": "payment_intent"},
            "status": "paid" if paid else "open",
            "status_transitions": {"canceled_at": None, "paid_at": draft.now if paid else None},
        }
    )


def fail(draft: Draft, invoice: Obj, method_id: str, failure: StripeError) -> None:
    """Add a payment that the card declined: its intent has the bank's reason (API reference, `last_payment_error`)."""
    start(draft, invoice, method_id, status="requires_payment_method")
    intent = draft.edit("payment_intents", invoice["_payments"][-1]["payment"]["payment_intent"])
    needs_action = failure.code in AUTHENTICATION_CODES
    code = "authentication_required" if needs_action else failure.code
    intent["last_payment_error"] = {
        "type": "card_error",
        "code": code,
        "message": failure.message,
        **({"decline_code": failure.decline_code or code} if failure.decline_code or needs_action else {}),
    }
    charge = draft.edit("charges", intent["latest_charge"])
    charge.update(status="failed", failure_code=failure.code, failure_message=failure.message)


def cancel(draft: Draft, invoice: Obj) -> None:
    """Cancel a payment that has failed, because nothing is to be charged anymore."""
    for payment in invoice["_payments"]:
        if payment["status"] == "open":
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = draft.now


def finish(draft: Draft, invoice: Obj, *, paid: bool) -> None:
    """End the payment that is processing: the bank has paid, or has refused (API reference, `last_payment_error`)."""
    payment = invoice["_payments"][-1]
    intent = draft.edit("payment_intents", payment["payment"]["payment_intent"])
    charge = draft.edit("charges", intent["latest_charge"])
    if paid:
        payment.update(amount_paid=payment["amount_requested"], status="paid")
        payment["status_transitions"]["paid_at"] = draft.now
        intent.update(status="succeeded", amount_received=intent["amount"])
        charge.update(status="succeeded", paid=True, amount_captured=charge["amount"])
    else:
        code, message = "insufficient_funds", "The bank refused."
        error = {"type": "card_error", "code": code, "message": message}
        intent.update(status="requires_payment_method", last_payment_error=error)
        charge.update(status="failed", failure_code=code, failure_message=message)


def charge_of(draft: Draft, invoice: Obj) -> Obj | None:
    """Return the charge that paid the invoice, edited; None where no charge paid it."""
    for payment in reversed(invoice["_payments"]):
        if payment["status"] == "paid" and "payment_intent" in payment["payment"]:
            intent = draft.get("payment_intents", payment["payment"]["payment_intent"])
            return draft.edit("charges", intent["latest_charge"])
    return None


def invoice_of(draft: Draft, intent_id: str) -> Obj | None:
    """Return the invoice that an intent paid, edited."""
    for invoice in draft.every("invoices"):
        if any(payment["payment"].get("payment_intent") == intent_id for payment in invoice["_payments"]):
            return draft.edit("invoices", invoice["id"])
    return None


def _intent(draft: Draft, charge_id: str, intent_id: str, invoice: Obj, method: Obj, *, status: str) -> Obj:
    cents = invoice["amount_remaining"]
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": cents,
        "amount_received": cents if status == "succeeded" else 0,
        "canceled_at": None,
        "created": draft.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "last_payment_error": None,
        "latest_charge": charge_id,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "payment_method": method["id"],
        "payment_method_types": [method["type"]],
        "status": status,
    }


def _charge(draft: Draft, charge_id: str, intent_id: str, invoice: Obj, method: Obj, *, paid: bool) -> Obj:
    cents = invoice["amount_remaining"]
    return {
        "id": charge_id,
        "object": "charge",
        "amount": cents,
        "amount_captured": cents if paid else 0,
        "amount_refunded": 0,
        "billing_details": dict(method["billing_details"]),
        "captured": True,
        "created": draft.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": None,
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "paid": paid,
        "payment_intent": intent_id,
        "payment_method": method["id"],
        "refunded": False,
        "status": "succeeded" if paid else "pending",
    }
