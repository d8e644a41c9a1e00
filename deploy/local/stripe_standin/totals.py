"""An invoice's amounts from its lines: subtotal, discounts, taxes, and what the customer's balance leaves due."""

from deploy.local.stripe_standin import discounts, taxes
from deploy.local.stripe_standin.money import smallest_charge
from deploy.local.stripe_standin.world import Draft, Obj


def add_up(draft: Draft, invoice: Obj) -> None:
    """Set all amounts of a draft invoice from its lines."""
    lines: list[Obj] = invoice["_lines"]
    customer = draft.get("customers", invoice["customer"])
    taken = discounts.take_off(draft, lines)
    taxed = taxes.add_up(draft, customer, lines)
    # An item's own discounts are in the subtotal; those of the whole invoice are not. [API: Invoice, `subtotal`]
    own = sum(
        discounted["amount"]
        for discounted in taken
        if draft.get("discounts", discounted["discount"])["subscription_item"] is not None
    )
    subtotal = sum(line["amount"] for line in lines) - own
    included = sum(tax["amount"] for tax in taxed if tax["tax_behavior"] == "inclusive")
    added = sum(tax["amount"] for tax in taxed if tax["tax_behavior"] == "exclusive")
    total = subtotal - (sum(amount["amount"] for amount in taken) - own) + added
    invoice["subtotal"] = subtotal
    invoice["subtotal_excluding_tax"] = subtotal - included
    invoice["total"] = total
    invoice["total_excluding_tax"] = total - included - added
    invoice["total_discount_amounts"] = taken
    invoice["total_taxes"] = taxed
    invoice["discounts"] = [amount["discount"] for amount in taken]
    apply_balance(invoice, customer["balance"])


def apply_balance(invoice: Obj, balance: int) -> int:
    """Set the amount due from the total and the balance, and return the balance that is left.

    Nothing is charged below the smallest charge or below zero: the sum is then the new balance.
    """
    due: int = invoice["total"] + balance
    charged = due if due >= smallest_charge(invoice["currency"]) else 0
    invoice["starting_balance"] = balance
    invoice["amount_due"] = charged
    invoice["amount_remaining"] = charged
    return due - charged
