"""Refunds of charges, and credit notes on finalised invoices.

A credit note on an open invoice lowers what is owed; on a paid one it refunds, or credits the customer's balance.
[Refunds; Credit notes]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import balances, invoicing, payments
from deploy.local.stripe_standin.collection import recover_subscription
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Integer,
    Metadata,
    OneOf,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.render import Renderer, list_of
from deploy.local.stripe_standin.world import Draft, Obj

CREATE_REFUND = shape(
    amount=Integer(1),
    charge=Text(),
    payment_intent=Text(),
    metadata=Metadata(),
    reason=OneOf(("duplicate", "fraudulent", "requested_by_customer")),
    expand=EXPAND,
)
CREATE_NOTE = shape(
    "invoice amount",
    invoice=Text(),
    amount=Integer(1),
    credit_amount=Integer(0),
    refund_amount=Integer(0),
    memo=Text(),
    metadata=Metadata(),
    reason=OneOf(("duplicate", "fraudulent", "order_change", "product_unsatisfactory")),
    expand=EXPAND,
)
LIST_REFUNDS = listing(charge=Text(), payment_intent=Text(), created=TimeFilter())
LIST_NOTES = listing(customer=Text(), invoice=Text(), created=TimeFilter())


def create_refund(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/refunds: money back to the card. The invoice stays paid, with its `amount_paid`."""
    charge_id = params.get("charge")
    if charge_id is None:
        if "payment_intent" not in params:
            raise invalid("You must pass `charge` or `payment_intent`.", param="charge", code="parameter_missing")
        charge_id = draft.get("payment_intents", params["payment_intent"], param="payment_intent")["latest_charge"]
    draft.get("charges", charge_id, param="charge")
    charge = draft.edit("charges", charge_id)
    refund = refund_charge(draft, renderer, charge, params.get("amount"), params.get("reason"))
    refund["metadata"] = merge_metadata({}, params.get("metadata"))
    return renderer.show(refund)


def refund_charge(draft: Draft, renderer: Renderer, charge: Obj, cents: int | None, reason: str | None) -> Obj:
    """Refund an edited charge, in part or all that is left of it."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or left == 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if cents is None else cents
    if amount > left:
        raise invalid("Refund amount is greater than the unrefunded amount on the charge.", param="amount")
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    refund = draft.add(
        "refunds",
        {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "created": draft.now,
            "currency": charge["currency"],
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "receipt_number": None,
            "source_transfer_reversal": None,
            "status": "succeeded",
            "transfer_reversal": None,
        },
    )
    draft.emit("refund.created", renderer.show(refund))
    draft.emit("charge.refunded", renderer.show(charge))
    return refund


def create_note(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/credit_notes: of an amount. For a paid invoice the rest beside a refund goes to the balance."""
    draft.get("invoices", params["invoice"], param="invoice")
    invoice = draft.edit("invoices", params["invoice"])
    amount, paid = params["amount"], invoice["status"] == "paid"
    if invoice["status"] not in {"open", "paid"}:
        raise invalid("You can only create a credit note for open or paid invoices.", param="invoice")
    noted = invoice["pre_payment_credit_notes_amount"] + invoice["post_payment_credit_notes_amount"]
    if amount > invoice["total"] - noted or (not paid and amount > invoice["amount_remaining"]):
        raise invalid("The credit note's amount is more than what is left of the invoice.", param="amount")
    if paid and params.get("refund_amount", 0) + params.get("credit_amount", 0) != amount:
        raise invalid("`refund_amount` and `credit_amount` must add up to `amount`.", param="amount")
    refund = None
    if paid and params.get("refund_amount"):
        charge = payments.charge_of(draft, invoice)
        if charge is None:
            raise invalid("No charge paid this invoice.", param="refund_amount")
        refund = refund_charge(draft, renderer, charge, params["refund_amount"], None)
    note = draft.add("credit_notes", _note(draft, invoice, amount, refund, params))
    if paid:
        invoice["post_payment_credit_notes_amount"] += amount
        if params.get("credit_amount"):
            moved = balances.move(
                draft, renderer, invoice["customer"], -params["credit_amount"], "credit_note", because_of=note
            )
            note["customer_balance_transaction"] = moved["id"]
    else:
        _lower(draft, renderer, invoice, amount)
    draft.emit("credit_note.created", renderer.show(note))
    draft.emit("invoice.updated", renderer.show(invoice))
    return renderer.show(note)


def _lower(draft: Draft, renderer: Renderer, invoice: Obj, amount: int) -> None:
    invoice["pre_payment_credit_notes_amount"] += amount
    invoice["amount_due"] -= amount
    invoice["amount_remaining"] -= amount
    if invoice["amount_remaining"] == 0:
        invoicing.mark_paid(draft, renderer, invoice)
        recover_subscription(draft, renderer, invoice)


def _note(draft: Draft, invoice: Obj, amount: int, refund: Obj | None, params: Mapping[str, Any]) -> Obj:
    paid = invoice["status"] == "paid"
    note_id = new_id("cn")
    line: Obj = {
        "id": new_id("cnli"),
        "object": "credit_note_line_item",
        "amount": amount,
        "description": params.get("memo"),
        "discount_amount": 0,
        "discount_amounts": [],
        "livemode": False,
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
    }
    made = [{"amount_refunded": refund["amount"], "refund": refund["id"], "type": "refund"}] if refund else []
    return {
        "id": note_id,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": draft.now,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": draft.now,
        "invoice": invoice["id"],
        "lines": list_of([line], f"/v1/credit_notes/{note_id}/lines"),
        "livemode": False,
        "memo": params.get("memo"),
        "metadata": merge_metadata({}, params.get("metadata")),
        "number": f"{invoice['number']}-CN-01",
        "out_of_band_amount": None,
        "pdf": f"https://pay.stripe.example/credit_notes/{note_id}/pdf",
        "post_payment_amount": amount if paid else 0,
        "pre_payment_amount": 0 if paid else amount,
        "pretax_credit_amounts": [],
        "reason": params.get("reason"),
        "refunds": made,
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "post_payment" if paid else "pre_payment",
        "voided_at": None,
    }
