"""Invoice lines: a full period of an item, or a proration to the second, rounded down."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.pricing import exact_amount, unit_decimal, whole_cents
from deploy.local.stripe_standin.world import Draft, Obj

# Stripe's descriptions use the multiplication sign.
_TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Span:
    """From the second `start` to the second `end`."""

    start: int
    end: int


def full_line(draft: Draft, item: Obj, price: Obj, span: Span) -> Obj:
    """Return the line that bills a whole period of an item."""
    quantity = item["quantity"]
    amount = whole_cents(exact_amount(price, quantity))
    return _line(item, price, amount, span, f"{quantity} {_TIMES} {_name(draft, price)} ({_each(price, quantity)})")


def unused_time(draft: Draft, item: Obj, price: Obj, at: int) -> Obj:
    """Return the credit for the rest of the period, from `at`, at the item's old quantity and price."""
    quantity = item["quantity"]
    amount = math.floor(-exact_amount(price, quantity) * _left(item, at))
    description = f"Unused time on {quantity} {_TIMES} {_name(draft, price)} after {_day(at)}"
    return _line(item, price, amount, Span(at, item["current_period_end"]), description, proration=True)


def remaining_time(draft: Draft, item: Obj, price: Obj, at: int) -> Obj:
    """Return the debit for the rest of the period, from `at`, at the item's new quantity and price."""
    quantity = item["quantity"]
    amount = math.floor(exact_amount(price, quantity) * _left(item, at))
    description = f"Remaining time on {quantity} {_TIMES} {_name(draft, price)} after {_day(at)}"
    return _line(item, price, amount, Span(at, item["current_period_end"]), description, proration=True)


def _left(item: Obj, at: int) -> Fraction:
    length = item["current_period_end"] - item["current_period_start"]
    return Fraction(item["current_period_end"] - at, length)


def _line(item: Obj, price: Obj, amount: int, span: Span, description: str, *, proration: bool = False) -> Obj:
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
            "unit_amount_decimal": unit_decimal(price, item["quantity"]),
        },
        "quantity": item["quantity"],
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
    }


def _name(draft: Draft, price: Obj) -> str:
    return str(draft.get("products", price["product"])["name"])


def _each(price: Obj, quantity: int) -> str:
    dollars = Fraction(unit_decimal(price, quantity)) / 100
    interval = price["recurring"]["interval"] if price["recurring"] else "once"
    return f"at ${float(dollars):,.2f} / {interval}"


def _day(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%-d %b %Y")
