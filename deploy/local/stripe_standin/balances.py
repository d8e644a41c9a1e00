"""The customer's balance and its ledger: below zero is credit that later invoices use, above zero is owed.

Each movement is a transaction, and all of them add up to the balance. [Customer credit balance]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import EXPAND, Integer, Metadata, OneOf, Text, merge_metadata, shape
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    "amount currency",
    amount=Integer(),
    currency=OneOf(CURRENCIES),
    description=Text(),
    metadata=Metadata(),
    expand=EXPAND,
)


def create(draft: Draft, renderer: Renderer, customer_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/customers/{id}/balance_transactions: a credit or a debit by hand."""
    draft.get("customers", customer_id, in_path=True)
    transaction = move(draft, renderer, customer_id, params["amount"], "adjustment")
    transaction["currency"] = params["currency"]
    transaction["description"] = params.get("description")
    transaction["metadata"] = merge_metadata({}, params.get("metadata"))
    return renderer.show(transaction)


def move(
    draft: Draft, renderer: Renderer, customer_id: str, cents: int, kind: str, *, because_of: Obj | None = None
) -> Obj:
    """Move the balance, with a transaction of this kind; `because_of` is its invoice or its credit note."""
    before = renderer.show(draft.get("customers", customer_id))
    customer = draft.edit("customers", customer_id)
    customer["balance"] += cents
    draft.emit_update("customer.updated", before, renderer.show(customer))
    return note(draft, customer, cents, kind, because_of=because_of)


def note(draft: Draft, customer: Obj, cents: int, kind: str, *, because_of: Obj | None = None) -> Obj:
    """Add the transaction of a movement that the customer's balance holds already."""
    of = because_of or {"object": None, "id": None}
    invoice = of["id"] if of["object"] == "invoice" else (of.get("invoice") if of["object"] == "credit_note" else None)
    return draft.add(
        "balance_transactions",
        {
            "id": new_id("cbtxn"),
            "object": "customer_balance_transaction",
            "amount": cents,
            "checkout_session": None,
            "created": draft.now,
            "credit_note": of["id"] if of["object"] == "credit_note" else None,
            "currency": customer["currency"] or "usd",
            "customer": customer["id"],
            "customer_account": None,
            "description": None,
            "ending_balance": customer["balance"],
            "invoice": invoice,
            "livemode": False,
            "metadata": {},
            "type": kind,
        },
    )
