"""Invoice lines: a full period of an item, or a proration to the second, rounded down."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.money import written
from deploy.local.stripe_standin.pricing import exact_amount, is_metered, tier_amounts, unit_decimal, whole_cents
from deploy.local.stripe_standin.world import Draft, Obj

# Stripe's descriptions use the multiplication sign.
_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Span:
    """From the second `start` to the second `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Billed:
    """What a line bills: so many units of a price to an item."""

    item: Obj
    price: Obj
    quantity: int


def full_lines(draft: Draft, item: Obj, price: Obj, span: Span) -> list[Obj]:
    """Return the lines that bill a whole period of an item: one, or one for each graduated tier."""
    if is_metered(price):
        # The usage of the period that ended; none was reported.
        return [_line(Billed(item, price, 0), 0, span, f"0 {_TIMES} {_name(draft, price)} (no usage)")]
    if price["billing_scheme"] == "per_unit":
        pairs = [(item["quantity"], exact_amount(price, item["quantity"]))]
    else:
        pairs = tier_amounts(price, item["quantity"])
    lines = []
    for units, amount in pairs:
        description = f"{units} {_TIMES} {_name(draft, price)} ({_each(price, units)})"
        lines.append(_line(Billed(item, price, units), whole_cents(amount), span, description))
    return lines


def trial_line(draft: Draft, item: Obj, price: Obj, span: Span) -> Obj:
    """Return the line of a free trial."""
    billed = Billed(item, price, item.get("quantity", 0))
    return _line(billed, 0, span, f"Trial period for {_name(draft, price)}")


def credit_line(draft: Draft, billed: Billed, net: Fraction, span: Span) -> Obj:
    """Return the credit for the unused time of a span; `net` is its exact amount after discounts."""
    description = f"Unused time on {billed.quantity} {_TIMES} {_name(draft, billed.price)} after {_day(span.start)}"
    return _line(billed, math.floor(-net), span, description, proration=True)


def debit_line(draft: Draft, billed: Billed, net: Fraction, span: Span) -> Obj:
    """Return the debit for the remaining time of a span; `net` is its exact amount after discounts."""
    description = f"Remaining time on {billed.quantity} {_TIMES} {_name(draft, billed.price)} after {_day(span.start)}"
    return _line(billed, math.floor(net), span, description, proration=True)


def _line(billed: Billed, amount: int, span: Span, description: str, *, proration: bool = False) -> Obj:
    item, price, quantity = billed.item, billed.price, billed.quantity
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": not proration,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": proration,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": span.end, "start": span.start},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": unit_decimal(price, quantity),
        },
        "quantity": quantity,
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
        # The discounts and tax rates that apply to the line.
        "_discounts": [],
        # What the discounts of a proration took off when it was made, where that is itemized.
        "_taken": [],
        "_rates": [],
    }


def _name(draft: Draft, price: Obj) -> str:
    return str(draft.get("products", price["product"])["name"])


def _each(price: Obj, quantity: int) -> str:
    interval = price["recurring"]["interval"] if price["recurring"] else "once"
    return f"at {written(Fraction(unit_decimal(price, quantity)), price['currency'])} / {interval}"


def _day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%-d %b %Y")
