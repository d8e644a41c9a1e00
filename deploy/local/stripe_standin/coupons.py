"""Coupons, and the discounts that they become on a customer, a subscription or an item.

A discount with an end applies to nothing that is billed from that second on. [Coupons and promotion codes]
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    DecimalCents,
    Integer,
    ListOf,
    Metadata,
    OneOf,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.periods import interval_after
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

_WHOLE_PERCENT = 100
CREATE = shape(
    id=Text(),
    amount_off=Integer(1),
    currency=OneOf(CURRENCIES),
    duration=OneOf(("forever", "once", "repeating")),
    duration_in_months=Integer(1),
    metadata=Metadata(),
    name=Text(),
    percent_off=DecimalCents(),
    expand=EXPAND,
)
LIST = listing(created=TimeFilter())
# On an update, a list replaces the discounts, and an empty string removes them.
DISCOUNTS = Clearable(ListOf(shape(coupon=Text(), discount=Text())))


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/coupons."""
    if ("percent_off" in params) == ("amount_off" in params):
        raise invalid("You must pass either `percent_off` or `amount_off`.", param="percent_off")
    if "amount_off" in params and "currency" not in params:
        raise invalid("You must pass `currency` with `amount_off`.", param="currency", code="parameter_missing")
    duration = params.get("duration", "once")
    if (duration == "repeating") != ("duration_in_months" in params):
        raise invalid("`duration_in_months` belongs to `duration=repeating`.", param="duration_in_months")
    percent: Decimal | None = params.get("percent_off")
    if percent is not None and not 0 < percent <= _WHOLE_PERCENT:
        raise invalid("Invalid percent_off: must be above 0 and at most 100.", param="percent_off")
    coupon_id = params.get("id") or new_id("coupon")
    if draft.find("coupons", coupon_id) is not None:
        raise invalid("Coupon already exists.", param="id", code="resource_already_exists")
    coupon = draft.add(
        "coupons",
        {
            "id": coupon_id,
            "object": "coupon",
            "amount_off": params.get("amount_off"),
            "created": draft.now,
            "currency": params.get("currency"),
            "duration": duration,
            "duration_in_months": params.get("duration_in_months"),
            "livemode": False,
            "max_redemptions": None,
            "metadata": merge_metadata({}, params.get("metadata")),
            "name": params.get("name"),
            "percent_off": float(percent) if percent is not None else None,
            "redeem_by": None,
            "times_redeemed": 0,
            "valid": True,
        },
    )
    draft.emit("coupon.created", renderer.show(coupon))
    return renderer.show(coupon)


def delete(draft: Draft, renderer: Renderer, coupon_id: str) -> Obj:
    """DELETE /v1/coupons/{id}: nobody gets the discount any more; those who have it keep it."""
    held = draft.get("coupons", coupon_id, in_path=True)
    draft.emit("coupon.deleted", renderer.show(held))
    draft.edit("coupons", coupon_id)["valid"] = False
    return {"id": coupon_id, "object": "coupon", "deleted": True}


def give(draft: Draft, renderer: Renderer, coupon_id: str, holder: Obj) -> str:
    """Give a holder (an edited customer, subscription or item) a coupon's discount, and return its id."""
    coupon = draft.get("coupons", coupon_id, param="discounts[0][coupon]")
    if not coupon["valid"]:
        raise invalid(f"Coupon {coupon_id} is expired and cannot be applied.", param="discounts[0][coupon]")
    months = coupon["duration_in_months"]
    kind = holder["object"]
    discount = draft.add(
        "discounts",
        {
            "id": new_id("di"),
            "object": "discount",
            "checkout_session": None,
            "customer": holder["id"] if kind == "customer" else holder.get("customer"),
            "customer_account": None,
            "end": interval_after(draft.now, "month", months) if months is not None else None,
            "invoice": None,
            "invoice_item": None,
            "promotion_code": None,
            "source": {"coupon": coupon_id, "type": "coupon"},
            "start": draft.now,
            "subscription": holder["id"] if kind == "subscription" else holder.get("subscription"),
            "subscription_item": holder["id"] if kind == "subscription_item" else None,
        },
    )
    draft.edit("coupons", coupon_id)["times_redeemed"] += 1
    if kind in {"customer", "subscription"}:
        draft.emit("customer.discount.created", renderer.show(discount))
    return str(discount["id"])


def replace(draft: Draft, renderer: Renderer, holder: Obj, chosen: list[Mapping[str, Any]] | None) -> None:
    """Set a holder's discounts: a list replaces them, None removes them, an empty list leaves them."""
    if chosen == []:
        return
    kept = []
    for discount_params in chosen or []:
        if "discount" in discount_params:
            if discount_params["discount"] not in holder["discounts"]:
                raise invalid(f"No such discount: '{discount_params['discount']}'", param="discounts[0][discount]")
            kept.append(discount_params["discount"])
        else:
            kept.append(give(draft, renderer, discount_params["coupon"], holder))
    for gone in holder["discounts"]:
        if gone not in kept:
            end(draft, renderer, gone)
    holder["discounts"] = kept


def end(draft: Draft, renderer: Renderer, discount_id: str) -> None:
    """End a discount now; the caller takes it from its holder."""
    discount = draft.edit("discounts", discount_id)
    if discount["end"] is None or discount["end"] > draft.now:
        discount["end"] = draft.now
    draft.emit("customer.discount.deleted", renderer.show(discount))


def coupon_of(draft: Draft, discount_id: str) -> Obj:
    """Return the coupon of a discount."""
    discount = draft.get("discounts", discount_id)
    return draft.get("coupons", discount["source"]["coupon"])
