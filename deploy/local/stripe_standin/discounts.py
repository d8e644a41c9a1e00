"""What discounts take off: from an item's period, from an item's prorations, and from an invoice's lines.

- An item's own discounts go first, then the subscription's; the customer's only where the subscription has none.
- Prorations have their discount in their amount, so an invoice's discounts take nothing off them. [Prorations]
- An amount off is shared by the items in proportion to what their own discounts leave; in classic mode, evenly.
  [Compare classic and flexible billing mode: Proportional discount application]
- A discount of duration `once` is for the first charge of a whole period: a period of no seats charges nothing, and
  leaves the discount of its item. [API: Coupon, `duration`]
"""

from dataclasses import dataclass
from fractions import Fraction

from deploy.local.stripe_standin import coupons
from deploy.local.stripe_standin.pricing import exact_amount, whole_cents
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


@dataclass(frozen=True)
class Net:
    """The exact amount of an item's whole period, before and after discounts, and the ids of these discounts."""

    gross: Fraction
    net: Fraction
    discounts: list[str]


def net_of_item(draft: Draft, subscription: Obj, item: Obj, *, whole_period: bool) -> Net:
    """Return what a period of the item costs now; without `whole_period`, discounts of duration `once` are left out."""
    items = {held["id"]: held for held in (*subscription["_items"], item)}

    def applying(discounts: list[str]) -> list[str]:
        return [one for one in discounts if _applies(draft, one) and (whole_period or not _is_once(draft, one))]

    own, of_all = applying(item["discounts"]), applying(_of_all_items(draft, subscription))
    lefts = {key: _after_own(draft, held, applying(held["discounts"])) for key, held in items.items()}
    gross, net = _gross(draft, item), lefts[item["id"]]
    for discount in of_all:
        coupon = coupons.coupon_of(draft, discount)
        if coupon["percent_off"] is not None:
            net -= net * _percent(coupon)
        elif subscription["billing_mode"]["type"] == "classic":
            net -= Fraction(coupon["amount_off"], len(items))
        elif total := sum(lefts.values()):
            net -= coupon["amount_off"] * lefts[item["id"]] / total
    return Net(gross, max(net, Fraction(0)), [*own, *of_all])


def _after_own(draft: Draft, item: Obj, discounts: list[str]) -> Fraction:
    """Return what an item's own discounts leave of its price."""
    left = _gross(draft, item)
    for discount in discounts:
        coupon = coupons.coupon_of(draft, discount)
        left -= left * _percent(coupon) if coupon["percent_off"] is not None else min(left, coupon["amount_off"])
    return left


def take_off(draft: Draft, lines: list[Obj]) -> list[Obj]:
    """Set each line's discount amounts, and return the invoice's totals by discount."""
    for line in lines:
        line["discount_amounts"] = []
        line["discounts"] = list(line["_discounts"])
    totals: dict[str, int] = {}
    applied = dict.fromkeys(discount for line in lines for discount in line["_discounts"])
    # The items' own discounts go first, whatever the order of the lines.
    for discount in sorted(applied, key=lambda one: draft.get("discounts", one)["subscription_item"] is None):
        taken = _off(coupons.coupon_of(draft, discount), [line for line in lines if discount in line["_discounts"]])
        for line, amount in taken:
            line["discount_amounts"].append({"amount": amount, "discount": discount})
        totals[discount] = sum(amount for _, amount in taken)
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
