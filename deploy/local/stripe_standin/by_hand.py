"""Actions of a person in Stripe's dashboard: edits of subscriptions and customers, account settings, disputes."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from deploy.local.stripe_standin import cancellation, cards, coupons, subscriptions
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


class Control(BaseModel):
    """The body of a control, in camel case; an unknown field is an error."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class DashboardEdit(Control):
    """Edit the subscription as in Stripe's dashboard.

    `remove` deletes an item, and `reprice` gives items other prices, by seat type. `cancel` ends the subscription at
    once. `cancelAtPeriodEnd` plans its end or takes it back; in flexible mode the dashboard sets only `cancel_at`.
    """

    base: Annotated[int, Field(ge=0)] | None = None
    voice: Annotated[int, Field(ge=0)] | None = None
    remove: Literal["base", "voice"] | None = None
    reprice: dict[Literal["base", "voice"], str] = {}
    cancel: bool = False
    cancel_at_period_end: bool | None = None
    proration_behavior: Literal["always_invoice", "create_prorations", "none"] = "create_prorations"


class CardControl(Control):
    """Change a customer's card to another kind of card or to a bank account, or take every payment method away.

    `code` is the bank's reason when a card begins to decline.
    """

    kind: Literal["good", "declining", "action_required", "bank_debit", "bank_debit_failing", "none"]
    code: str | None = None


class CustomerEdit(Control):
    """Edit the customer as in Stripe's dashboard: give a coupon's discount, or take the discount away."""

    coupon: str | None


class AccountSettings(Control):
    """The account's settings: what becomes of a subscription after the last retry of a payment."""

    after_retries: Literal["past_due", "unpaid", "cancel"]


class StatusControl(Control):
    """Put a subscription into a status that only time, settings or another product's calls lead to."""

    status: Literal["active", "incomplete", "past_due", "paused", "unpaid"]


class DisputeControl(Control):
    """Dispute the payment of an invoice, or close a dispute."""

    invoice: str | None = None
    dispute: str | None = None
    outcome: Literal["lost", "won"] = "lost"


def edit_by_hand(draft: Draft, renderer: Renderer, subscription_id: str, control: DashboardEdit) -> Obj:
    """Change items, or plan or make the end, as in Stripe's dashboard: without an idempotency key."""
    if control.cancel:
        return cancellation.cancel(draft, renderer, subscription_id, {})
    subscription = draft.get("subscriptions", subscription_id, in_path=True)
    params: Obj = {"items": _item_changes(draft, subscription, control)}
    params["proration_behavior"] = control.proration_behavior
    if control.cancel_at_period_end is not None:
        params["cancel_at_period_end"] = control.cancel_at_period_end
    return subscriptions.update(draft, renderer, subscription_id, params, by_hand=True)


def change_card(draft: Draft, renderer: Renderer, customer_id: str, control: CardControl) -> Obj:
    """Change how the customer pays."""
    if control.kind == "none":
        cards.take_away(draft, renderer, customer_id)
        return renderer.show(draft.get("customers", customer_id))
    return renderer.show(cards.set_card_kind(draft, renderer, customer_id, control.kind, control.code))


def edit_customer(draft: Draft, renderer: Renderer, customer_id: str, control: CustomerEdit) -> Obj:
    """Set the customer's own discount, which applies where a subscription has none."""
    before = renderer.show(draft.get("customers", customer_id, in_path=True))
    customer = draft.edit("customers", customer_id)
    if customer["_discount"] is not None:
        coupons.end(draft, renderer, customer["_discount"])
    customer["_discount"] = coupons.give(draft, renderer, control.coupon, customer) if control.coupon else None
    draft.emit_update("customer.updated", before, renderer.show(customer))
    return renderer.show(customer)


def set_status(draft: Draft, renderer: Renderer, subscription_id: str, control: StatusControl) -> Obj:
    """Set a subscription's status, with its event."""
    before = renderer.show(draft.get("subscriptions", subscription_id, in_path=True))
    subscription = draft.edit("subscriptions", subscription_id)
    subscription["status"] = control.status
    if control.status == "incomplete":
        subscription["_expires_at"] = draft.now + subscriptions.INCOMPLETE_SECONDS
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    return renderer.show(subscription)


def seat_words(draft: Draft, item: Obj) -> str:
    """Return the names by which a person recognizes an item: its price's lookup key, its product's name and id."""
    price = draft.get("prices", item["price"])
    product = draft.get("products", price["product"])
    return f"{price['lookup_key'] or ''} {product['name']} {product['id']}".lower()


def _item_changes(draft: Draft, subscription: Obj, control: DashboardEdit) -> list[Obj]:
    changes = []
    for item in subscription["_items"]:
        words = seat_words(draft, item)
        change: Obj = {"id": item["id"]}
        if control.base is not None and "base" in words:
            change["quantity"] = control.base
        if control.voice is not None and "voice" in words:
            change["quantity"] = control.voice
        if control.remove is not None and control.remove in words:
            change["deleted"] = True
        for seat, price in control.reprice.items():
            if seat in words:
                change = {"quantity": item.get("quantity", 1), **change, "price": price}
        if len(change) > 1:
            changes.append(change)
    return changes
