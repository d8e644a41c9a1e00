"""The life of an invoice: created from lines, finalised with the customer's balance, collected from the card."""

from dataclasses import dataclass
from typing import Any

from deploy.local.stripe_standin import balances, cards, payments, taxes, totals
from deploy.local.stripe_standin.debits import note_invoice
from deploy.local.stripe_standin.errors import AUTHENTICATION_CODES, StripeError, invalid
from deploy.local.stripe_standin.ids import new_hex, new_id
from deploy.local.stripe_standin.limits import count_invoice
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

# A renewal's invoice stays a draft for an hour before Stripe finalises it.
DRAFT_SECONDS = 3600
# The days after which Stripe retries a failed card.
_RETRY_DAYS = (3, 5, 7)
RETRIES = len(_RETRY_DAYS)
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
    for line in lines:
        line["invoice"] = invoice_id
    terms = _terms(customer, subscription, lines)
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
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": terms["automatic_tax"],
            "liability": {"type": "self"} if terms["automatic_tax"] else None,
            "provider": "stripe" if terms["automatic_tax"] else None,
            "status": None,
        },
        "automatically_finalizes_at": draft.now + DRAFT_SECONDS if why.automatic else None,
        "billing_reason": why.reason,
        "collection_method": terms["collection_method"],
        "created": draft.now,
        "currency": terms["currency"],
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
        "subtotal": 0,
        "subtotal_excluding_tax": 0,
        "test_clock": None,
        "total": 0,
        "total_discount_amounts": [],
        "total_excluding_tax": 0,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": draft.now,
        "_lines": lines,
        "_payments": [],
        "_days_until_due": terms["days_until_due"],
        # The second at which the bank answers a debit, while one is processing.
        "_processing_until": None,
        "_processing_fails": False,
    }
    draft.add("invoices", invoice)
    if subscription is not None:
        note_invoice(subscription, invoice)
    totals.add_up(draft, invoice)
    if invoice["automatic_tax"]["enabled"]:
        located = taxes.has_location(draft, customer["id"])
        invoice["automatic_tax"]["status"] = "complete" if located else "requires_location_inputs"
    return invoice


def _terms(customer: Obj, subscription: Obj | None, lines: list[Obj]) -> dict[str, Any]:
    """Return what an invoice has from its subscription; one without a subscription is charged automatically."""
    if subscription is not None:
        names = ("collection_method", "currency", "days_until_due")
        return {
            "automatic_tax": subscription["automatic_tax"]["enabled"],
            **{name: subscription[name] for name in names},
        }
    currency = lines[0]["currency"] if lines else customer["currency"] or "usd"
    return {
        "automatic_tax": False,
        "collection_method": "charge_automatically",
        "currency": currency,
        "days_until_due": None,
    }


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
    if invoice["automatic_tax"]["status"] == "requires_location_inputs":
        raise taxes.location_invalid()
    customer = draft.edit("customers", invoice["customer"])
    ending = totals.apply_balance(invoice, customer["balance"])
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
    if invoice["collection_method"] == "send_invoice":
        invoice["due_date"] = draft.now + (invoice["_days_until_due"] or 0) * _DAY
    draft.emit("invoice.finalized", renderer.show(invoice))
    moved = ending - invoice["starting_balance"]
    if moved:
        balances.move(draft, renderer, customer["id"], moved, _movement(invoice), because_of=invoice)
    if invoice["amount_due"] == 0:
        mark_paid(draft, renderer, invoice)
    return invoice


def collect(
    draft: Draft,
    renderer: Renderer,
    invoice: Obj,
    payment_method: str | None,
    *,
    present: bool = False,
    of_update: bool = False,
) -> StripeError | None:
    """Charge the amount due: None when it is paid or processing, otherwise the error; it is open for a retry then.

    A bank debit is processing for days. `of_update` is whether a change of the subscription makes the charge, which
    Stripe's code for required authentication tells.
    """
    if invoice["status"] == "paid" or invoice["_processing_until"] is not None:
        return None
    if payment_method is None:
        return invalid(
            "This customer has no attached payment source or default payment method. Please consider adding a default"
            " payment method.",
            code="resource_missing",
        )
    failure = cards.charge(draft, payment_method, present=present, of_update=of_update)
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    if failure is None and draft.get("payment_methods", payment_method)["type"] != "card":
        payments.start(draft, invoice, payment_method, status="processing")
        invoice["_processing_until"] = draft.now + payments.DEBIT_SECONDS
        invoice["_processing_fails"] = draft.get("payment_methods", payment_method)["_on_settle"]
        invoice["next_payment_attempt"] = None
        return None
    if failure is None:
        payments.start(draft, invoice, payment_method, status="succeeded")
        pay_in_full(draft, renderer, invoice)
        return None
    payments.fail(draft, invoice, payment_method, failure)
    refused(draft, renderer, invoice, needs_action=failure.code in AUTHENTICATION_CODES)
    return failure


def pay_in_full(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Mark an invoice paid whose payment has succeeded."""
    invoice["amount_paid"] = invoice["amount_due"]
    invoice["amount_remaining"] = 0
    mark_paid(draft, renderer, invoice)


def refused(draft: Draft, renderer: Renderer, invoice: Obj, *, needs_action: bool = False) -> None:
    """Plan the next attempt after a failed one, and emit its events. Stripe retries what it collects by itself."""
    tries = invoice["attempt_count"]
    retries = invoice["auto_advance"] and invoice["collection_method"] == "charge_automatically"
    retry_after = _RETRY_DAYS[tries - 1] * _DAY if 0 < tries <= RETRIES and retries else None
    invoice["next_payment_attempt"] = None if retry_after is None else draft.now + retry_after
    draft.edit("customers", invoice["customer"])["delinquent"] = True
    draft.emit("invoice.payment_failed", renderer.show(invoice))
    if needs_action:
        draft.emit("invoice.payment_action_required", renderer.show(invoice))


def mark_paid(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Mark an invoice paid, with its events."""
    invoice["status"] = "paid"
    invoice["attempted"] = True
    invoice["auto_advance"] = False
    invoice["next_payment_attempt"] = None
    invoice["_processing_until"] = None
    invoice["status_transitions"]["paid_at"] = draft.now
    draft.edit("customers", invoice["customer"])["delinquent"] = False
    draft.emit("invoice.paid", renderer.show(invoice))
    draft.emit("invoice.payment_succeeded", renderer.show(invoice))


def _movement(invoice: Obj) -> str:
    """Return the kind of the balance's movement: the balance pays, or the total is too small to be charged."""
    if invoice["amount_due"] == 0 and invoice["total"] > 0 and invoice["ending_balance"] > 0:
        return "invoice_too_small"
    return "applied_to_invoice"
