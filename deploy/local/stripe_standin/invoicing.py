"""The life of an invoice: created from lines, finalised with the customer's balance, collected from the card."""

from dataclasses import dataclass

from deploy.local.stripe_standin import cards, customers
from deploy.local.stripe_standin.errors import AUTHENTICATION_REQUIRED, StripeError, invalid
from deploy.local.stripe_standin.ids import new_hex, new_id
from deploy.local.stripe_standin.limits import count_invoice
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

# Stripe charges nothing below this many cents (USD): the debit moves to the customer's balance.
SMALLEST_CHARGE = 50
# A renewal's invoice stays a draft for an hour before Stripe finalises it.
DRAFT_SECONDS = 3600
# The days after which Stripe retries a failed card.
_RETRY_DAYS = (3, 5, 7)
_DAY = 86_400


@dataclass(frozen=True)
class Occasion:
    """The reason for an invoice, the span that it shows, and the second of its prorations."""

    reason: str
    start: int
    end: int
    proration_date: int | None = None
    automatic: bool = False


def new_invoice(draft: Draft, customer: Obj, subscription: Obj | None, lines: list[Obj], why: Occasion) -> Obj:
    """Add a draft invoice of these lines. An invoice of a subscription counts toward the subscription's limits."""
    if subscription is not None:
        count_invoice(draft, subscription["id"], reject=not why.automatic)
    invoice_id = new_id("in")
    total = sum(line["amount"] for line in lines)
    for line in lines:
        line["invoice"] = invoice_id
    parent = None
    if subscription is not None:
        details: Obj = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
        if why.proration_date is not None:
            details["subscription_proration_date"] = why.proration_date
        parent = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    invoice: Obj = {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Stripe stand-in",
        "account_tax_ids": None,
        "amount_due": max(0, total),
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": max(0, total),
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": draft.now + DRAFT_SECONDS if why.automatic else None,
        "billing_reason": why.reason,
        "collection_method": "charge_automatically",
        "created": draft.now,
        "currency": "usd",
        "custom_fields": None,
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": parent,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": why.end,
        "period_start": why.start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": draft.now,
        "_lines": lines,
        "_payments": [],
    }
    apply_balance(invoice, customer["balance"])
    return draft.add("invoices", invoice)


def apply_balance(invoice: Obj, balance: int) -> int:
    """Set the amount due from the total and the balance, and return the balance that is left.

    Nothing is charged below 50 cents or below zero: the sum is then the new balance.
    """
    due: int = invoice["total"] + balance
    charged = due if due >= SMALLEST_CHARGE else 0
    invoice["starting_balance"] = balance
    invoice["amount_due"] = charged
    invoice["amount_remaining"] = charged
    return due - charged


def advance(draft: Draft, invoice: Obj, *, automatic: bool) -> None:
    """Have Stripe finalise or collect the invoice automatically in an hour, or never."""
    in_an_hour = draft.now + DRAFT_SECONDS if automatic else None
    invoice["auto_advance"] = automatic
    invoice["automatically_finalizes_at"] = in_an_hour if invoice["status"] == "draft" else None
    invoice["next_payment_attempt"] = in_an_hour if invoice["status"] == "open" else None


def finalize(draft: Draft, renderer: Renderer, invoice_id: str) -> Obj:
    """Number the invoice, use the customer's balance, and mark the invoice paid if nothing is left to charge."""
    draft.get("invoices", invoice_id, param="invoice")
    invoice = draft.edit("invoices", invoice_id)
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.")
    draft.get("customers", invoice["customer"], param="customer")
    customer = draft.edit("customers", invoice["customer"])
    ending = apply_balance(invoice, customer["balance"])
    invoice["ending_balance"] = ending
    invoice["number"] = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    customer["currency"] = invoice["currency"]
    page = f"/hosted/invoices/{invoice_id}/{new_hex(24).lower()}"
    invoice["hosted_invoice_url"] = page
    invoice["invoice_pdf"] = f"{page}/pdf"
    invoice["status"] = "open"
    invoice["status_transitions"]["finalized_at"] = draft.now
    invoice["effective_at"] = draft.now
    invoice["automatically_finalizes_at"] = None
    draft.emit("invoice.finalized", renderer.show(invoice))
    customers.add_to_balance(draft, renderer, customer["id"], ending - invoice["starting_balance"])
    if invoice["amount_due"] == 0:
        _mark_paid(draft, renderer, invoice, attempted=True)
    return invoice


def collect(
    draft: Draft, renderer: Renderer, invoice: Obj, payment_method: str | None, *, present: bool = False
) -> StripeError | None:
    """Charge the amount due: None when it is paid, otherwise the error; the invoice then stays open for a retry."""
    if invoice["status"] == "paid":
        return None
    if payment_method is None:
        return invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default"
            " payment method.",
            code="resource_missing",
        )
    failure = cards.charge(draft, payment_method, present=present)
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    if failure is None:
        paid = invoice["amount_due"]
        invoice["amount_paid"] = paid
        invoice["amount_remaining"] = 0
        invoice["_payments"].append(_payment(draft, invoice, paid))
        _mark_paid(draft, renderer, invoice, attempted=True)
        return None
    tries = invoice["attempt_count"]
    # Stripe retries only invoices that advance automatically.
    retry_after = _RETRY_DAYS[tries - 1] * _DAY if tries <= len(_RETRY_DAYS) and invoice["auto_advance"] else None
    invoice["next_payment_attempt"] = None if retry_after is None else draft.now + retry_after
    draft.edit("customers", invoice["customer"])["delinquent"] = True
    needs_action = failure.code == AUTHENTICATION_REQUIRED
    draft.emit("invoice.payment_failed", renderer.show(invoice))
    if needs_action:
        draft.emit("invoice.payment_action_required", renderer.show(invoice))
    return failure


def void(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Void a finalised invoice, which is no longer owed then."""
    if invoice["status"] not in {"open", "uncollectible"}:
        raise invalid(f"You can only pass in open invoices. This invoice isn't open: it is {invoice['status']}.")
    invoice["status"] = "void"
    invoice["status_transitions"]["voided_at"] = draft.now
    invoice["auto_advance"] = False
    invoice["next_payment_attempt"] = None
    draft.emit("invoice.voided", renderer.show(invoice))


def _mark_paid(draft: Draft, renderer: Renderer, invoice: Obj, *, attempted: bool) -> None:
    invoice["status"] = "paid"
    invoice["attempted"] = attempted
    invoice["auto_advance"] = False
    invoice["next_payment_attempt"] = None
    invoice["status_transitions"]["paid_at"] = draft.now
    draft.edit("customers", invoice["customer"])["delinquent"] = False
    draft.emit("invoice.paid", renderer.show(invoice))
    draft.emit("invoice.payment_succeeded", renderer.show(invoice))


def _payment(draft: Draft, invoice: Obj, cents: int) -> Obj:
    return {
        "id": new_id("inpay"),
        "object": "invoice_payment",
        "amount_paid": cents,
        "amount_requested": cents,
        "created": draft.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": new_id("pi"), "type": "payment_intent"},
        "status": "paid",
        "status_transitions": {"canceled_at": None, "paid_at": draft.now},
    }
