"""The amounts that discounts take off: from an item's period, from an item's prorations, and from an invoice's lines.

- An item's own discounts go first, then the subscription's; the customer's only where the subscription has none.
- Prorations have their discount in their amount, so an invoice's discounts take nothing off them. [Prorations]
  With `proration_discounts=itemized` the amount is the one before discounts, and the line names what each discount
  takes off it. [changelog 2025-09-30.clover: Adds the ability to itemize proration discount amounts]
- An amount off is shared by the items in proportion to what their own discounts leave; in classic mode, evenly.
  [Compare classic and flexible billing mode: Proportional discount application]
- A discount of duration `once` is for the first charge of a whole period: a period of no seats charges nothing, and
  leaves the discount of its item. [API: Coupon, `duration`]
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from deploy.local.stripe_standin import coupons
from deploy.local.stripe_standin.pricing import exact_amount, whole_cents
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


@dataclass(frozen=True)
class Net:
    """The exact amount of an item's whole period, before and after discounts, and what each of these takes off."""

    gross: Fraction
    net: Fraction
    off: dict[str, Fraction]

    @property
    def discounts(self) -> list[str]:
        """The ids of the discounts."""
        return list(self.off)


def net_of_item(draft: Draft, subscription: Obj, item: Obj, *, whole_period: bool) -> Net:
    """Return what a period of the item costs now; without `whole_period`, discounts of duration `once` are left out."""
    items = {held["id"]: held for held in (*subscription["_items"], item)}

    def applying(discounts: list[str]) -> list[str]:
        return [
            discount
            for discount in discounts
            if _applies(draft, discount) and (whole_period or not _is_once(draft, discount))
        ]

    gross = _gross(draft, item)
    lefts = {
        key: _gross(draft, held) - sum(_own(draft, held, applying(held["discounts"])).values())
        for key, held in items.items()
    }
    off, net = _own(draft, item, applying(item["discounts"])), lefts[item["id"]]
    for discount in applying(_of_all_items(draft, subscription)):
        coupon = coupons.coupon_of(draft, discount)
        taken = Fraction(0)
        if coupon["percent_off"] is not None:
            taken = net * _percent(coupon)
        elif subscription["billing_mode"]["type"] == "classic":
            taken = Fraction(coupon["amount_off"], len(items))
        elif total := sum(lefts.values()):
            taken = coupon["amount_off"] * lefts[item["id"]] / total
        off[discount] = min(net, taken)
        net -= off[discount]
    return Net(gross, net, off)


def _own(draft: Draft, item: Obj, discounts: list[str]) -> dict[str, Fraction]:
    """Return what each of an item's own discounts takes off its price."""
    left, off = _gross(draft, item), {}
    for discount in discounts:
        coupon = coupons.coupon_of(draft, discount)
        off[discount] = (
            left * _percent(coupon) if coupon["percent_off"] is not None else min(left, coupon["amount_off"])
        )
        left -= off[discount]
    return off


def itemize(line: Obj, gross: Fraction, off: Mapping[str, Fraction]) -> None:
    """Show a proration before its discounts, and what each of them takes off; its net amount stays.

    No page says how the discounts are rounded: here both amounts are, and the difference is theirs.
    """
    net, whole = line["amount"], math.floor(gross)
    line["amount"] = line["subtotal"] = whole
    of_all, so_far, shared = sum(off.values()), Fraction(0), 0
    for discount, exact in off.items():
        so_far += exact
        upto = whole_cents((whole - net) * so_far / of_all) if of_all else 0
        line["_taken"].append({"amount": upto - shared, "discount": discount})
        shared = upto


def take_off(draft: Draft, lines: list[Obj]) -> list[Obj]:
    """Set each line's discount amounts, and return the invoice's totals by discount."""
    totals: dict[str, int] = {}
    for line in lines:
        line["discount_amounts"] = [dict(taken) for taken in line["_taken"]]
        line["discounts"] = [*line["_discounts"], *(taken["discount"] for taken in line["_taken"])]
        for itemized in line["_taken"]:
            totals[itemized["discount"]] = totals.get(itemized["discount"], 0) + itemized["amount"]
    applied = dict.fromkeys(discount for line in lines for discount in line["_discounts"])
    # The items' own discounts go first, whatever the order of the lines.
    for discount in sorted(
        applied, key=lambda applied_id: draft.get("discounts", applied_id)["subscription_item"] is None
    ):
        taken = _off(coupons.coupon_of(draft, discount), [line for line in lines if discount in line["_discounts"]])
        for line, amount in taken:
            line["discount_amounts"].append({"amount": amount, "discount": discount})
        totals[discount] = totals.get(discount, 0) + sum(amount for _, amount in taken)
    return [{"amount": amount, "discount": discount} for discount, amount in totals.items()]


def left_of(line: Obj) -> int:
    """Return the line's amount after its discounts."""
    return int(line["amount"] - sum(taken["amount"] for taken in line["discount_amounts"]))


def use_up_once(draft: Draft, renderer: Renderer, subscription: Obj, lines: list[Obj]) -> None:
    """End the discounts of duration `once` that the charges among these lines have had."""
    charges = [line for line in lines if line["amount"]]
    used = {discount for line in charges for discount in line["_discounts"] if _is_once(draft, discount)}
    if not used:
        return
    for holder in (subscription, *subscription["_items"]):
        drop(draft, renderer, holder, [discount for discount in holder["discounts"] if discount in used])
    customer = draft.get("customers", subscription["customer"])
    if customer["_discount"] in used:
        coupons.end(draft, renderer, customer["_discount"])
        draft.edit("customers", customer["id"])["_discount"] = None


def drop(draft: Draft, renderer: Renderer, holder: Obj, ended: list[str]) -> None:
    """Take ended discounts from a holder."""
    for discount in ended:
        coupons.end(draft, renderer, discount)
    holder["discounts"] = [discount for discount in holder["discounts"] if discount not in ended]


def _off(coupon: Obj, lines: list[Obj]) -> list[tuple[Obj, int]]:
    """Return what a coupon takes off each line; an amount off is shared in proportion, to the cent."""
    if coupon["percent_off"] is not None:
        return [(line, whole_cents(left_of(line) * _percent(coupon))) for line in lines]
    total = sum(left_of(line) for line in lines)
    budget = min(coupon["amount_off"], total)
    taken, so_far, shared = [], 0, 0
    for line in lines:
        so_far += left_of(line)
        upto = whole_cents(Fraction(budget * so_far, total)) if total else 0
        taken.append((line, upto - shared))
        shared = upto
    return taken


def _gross(draft: Draft, item: Obj) -> Fraction:
    price = {**draft.get("prices", item["price"]), **item.get("_priced_as", {})}
    return exact_amount(price, item.get("quantity", 0))


def _of_all_items(draft: Draft, subscription: Obj) -> list[str]:
    if own := [discount for discount in subscription["discounts"] if _applies(draft, discount)]:
        return own
    of_customer = draft.get("customers", subscription["customer"])["_discount"]
    return [of_customer] if of_customer else []


def _applies(draft: Draft, discount_id: str) -> bool:
    end = draft.get("discounts", discount_id)["end"]
    return end is None or draft.now < end


def _is_once(draft: Draft, discount_id: str) -> bool:
    return bool(coupons.coupon_of(draft, discount_id)["duration"] == "once")


def _percent(coupon: Obj) -> Fraction:
    return Fraction(str(coupon["percent_off"])) / 100
