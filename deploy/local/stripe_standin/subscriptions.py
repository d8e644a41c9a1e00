"""The subscription endpoints: create and update, with the invoice of each change and its payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.local.stripe_standin import cards, invoicing
from deploy.local.stripe_standin.changes import ChangeLines, Terms, apply_changes, new_item
from deploy.local.stripe_standin.errors import StripeError, invalid
from deploy.local.stripe_standin.ids import new_id
from deploy.local.stripe_standin.limits import count_quantity_update
from deploy.local.stripe_standin.lines import Span, full_line
from deploy.local.stripe_standin.parameters import (
    EXPAND,
    Clearable,
    Flag,
    Integer,
    ListOf,
    Metadata,
    OneOf,
    Reader,
    Text,
    TimeFilter,
    listing,
    merge_metadata,
    shape,
)
from deploy.local.stripe_standin.pending import assign_pending, leave_pending, pending_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

# Stripe also has `pending_if_incomplete`. The product never uses it, so it is not implemented.
_PAYMENT_BEHAVIOURS = ("allow_incomplete", "default_incomplete", "error_if_incomplete")
_PRORATIONS = ("always_invoice", "create_prorations", "none")
_SETTINGS = shape(
    save_default_payment_method=OneOf(("off", "on_subscription")),
    payment_method_types=ListOf(OneOf(("card",))),
)
_BILLING_MODE = shape(
    "type",
    type=OneOf(("flexible", "classic")),
    flexible=shape(proration_discounts=OneOf(("included", "itemized"))),
)
CANCELLATION = shape(comment=Clearable(Text()), feedback=Clearable(Text()))
_COMMON: dict[str, Reader] = {
    "cancel_at_period_end": Flag(),
    "collection_method": OneOf(("charge_automatically",)),
    "default_payment_method": Text(),
    "description": Clearable(Text()),
    "metadata": Metadata(),
    "off_session": Flag(),
    "payment_behavior": OneOf(_PAYMENT_BEHAVIOURS),
    "payment_settings": _SETTINGS,
    "proration_behavior": OneOf(_PRORATIONS),
    "expand": EXPAND,
}
ITEM_CHANGE = shape(id=Text(), price=Text(), quantity=Integer(0), deleted=Flag(), metadata=Metadata())
CREATE = shape(
    "customer items",
    **_COMMON,
    customer=Text(),
    currency=OneOf(("usd",)),
    billing_mode=_BILLING_MODE,
    items=ListOf(shape("price", price=Text(), quantity=Integer(0), metadata=Metadata()), longest=20),
)
UPDATE = shape(
    **_COMMON,
    billing_cycle_anchor=OneOf(("now", "unchanged")),
    cancellation_details=CANCELLATION,
    items=ListOf(ITEM_CHANGE, longest=20),
    proration_date=Integer(0),
)
LIST = listing(
    customer=Text(),
    price=Text(),
    status=OneOf(("all", "active", "canceled", "ended", "incomplete", "past_due", "unpaid")),
    created=TimeFilter(),
)
OVER = frozenset({"canceled", "incomplete_expired"})


@dataclass(frozen=True)
class Change:
    """The effect of a change: its lines, the second of its prorations, and whether they are invoiced now."""

    change_lines: ChangeLines
    at: int
    invoice_now: bool


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/subscriptions: billed at once. With `error_if_incomplete` a failed card leaves no subscription."""
    customer = draft.get("customers", params["customer"], param="customer")
    subscription = _blank(draft, customer, params)
    if "default_payment_method" in params:
        subscription["default_payment_method"] = cards.of_customer(
            draft, params["default_payment_method"], customer["id"], "default_payment_method"
        )
    subscription["_items"] = [
        new_item(draft, subscription, item_params, draft.now, draft.now) for item_params in params["items"]
    ]
    prices = [item["price"] for item in subscription["_items"]]
    if len(set(prices)) != len(prices):
        raise invalid("Cannot add multiple subscription items with the same price.", param="items")
    draft.add("subscriptions", subscription)
    lines = [
        full_line(
            draft,
            item,
            draft.get("prices", item["price"]),
            Span(item["current_period_start"], item["current_period_end"]),
        )
        for item in subscription["_items"]
    ]
    occasion = invoicing.Occasion("subscription_create", draft.now, draft.now)
    failure = bill(draft, renderer, subscription, lines, occasion, params)
    if failure is not None:
        subscription["status"] = "incomplete"
    draft.emit("customer.subscription.created", renderer.show(subscription))
    return renderer.show(subscription)


def update(draft: Draft, renderer: Renderer, subscription_id: str, params: Mapping[str, Any]) -> Obj:
    """POST /v1/subscriptions/{id}."""
    before = renderer.show(draft.get("subscriptions", subscription_id, in_path=True))
    subscription = draft.edit("subscriptions", subscription_id)
    change = change_items(draft, subscription, params)
    if change.change_lines.quantity_changed:
        count_quantity_update(draft, subscription_id)
    _set_fields(draft, subscription, params)
    if change.invoice_now:
        lines = [*pending_lines(draft, subscription_id), *change.change_lines.prorations, *change.change_lines.periods]
        occasion = invoicing.Occasion("subscription_update", draft.now, draft.now, change.at)
        failure = bill(draft, renderer, subscription, lines, occasion, params)
        if failure is not None:
            subscription["status"] = "past_due"
    else:
        leave_pending(draft, subscription["customer"], subscription_id, change.change_lines.prorations)
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    return renderer.show(subscription)


def change_items(draft: Draft, subscription: Obj, params: Mapping[str, Any]) -> Change:
    """Change the subscription's items and return the effect; an update and its preview share this function."""
    if subscription["status"] in OVER:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    behaviour = params.get("proration_behavior", "create_prorations")
    restart = params.get("billing_cycle_anchor") == "now"
    if restart and "proration_date" in params:
        raise invalid("You cannot pass `proration_date` with `billing_cycle_anchor=now`.", param="proration_date")
    at = params.get("proration_date", draft.now)
    terms = Terms(at, prorate=behaviour != "none", restart=restart)
    change_lines = apply_changes(draft, subscription, params.get("items", []), terms)
    invoice_now = bool(change_lines.periods) or (behaviour == "always_invoice" and bool(change_lines.prorations))
    return Change(change_lines, at, invoice_now)


def recover(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    """Make a subscription active again once all its invoices are paid."""
    held = draft.find("subscriptions", subscription_id)
    if held is None or held["status"] not in {"past_due", "incomplete", "unpaid"}:
        return
    owed = any(
        invoice["status"] == "open" and subscription_of(invoice) == subscription_id
        for invoice in draft.every("invoices")
    )
    if not owed:
        before = renderer.show(held)
        subscription = draft.edit("subscriptions", subscription_id)
        subscription["status"] = "active"
        draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def subscription_of(invoice: Obj) -> str | None:
    """Return the id of an invoice's subscription, if it has one."""
    parent = invoice["parent"]
    return parent["subscription_details"]["subscription"] if parent else None


def bill(
    draft: Draft,
    renderer: Renderer,
    subscription: Obj,
    lines: list[Obj],
    occasion: invoicing.Occasion,
    params: Mapping[str, Any],
) -> StripeError | None:
    """Create, finalise and collect an invoice. With `error_if_incomplete` a failure is raised."""
    customer = draft.get("customers", subscription["customer"])
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    assign_pending(draft, subscription["id"], invoice)
    subscription["latest_invoice"] = invoice["id"]
    draft.emit("invoice.created", renderer.show(invoice))
    invoice = invoicing.finalize(draft, renderer, invoice["id"])
    behaviour = params.get("payment_behavior", "allow_incomplete")
    if invoice["status"] == "paid":
        return None
    method = cards.card_that_pays(customer, subscription)
    if behaviour == "default_incomplete":
        return invalid("not attempted")
    failure = invoicing.collect(draft, renderer, invoice, method)
    if failure is not None and (behaviour == "error_if_incomplete" or method is None):
        raise failure
    return failure


def _blank(draft: Draft, customer: Obj, params: Mapping[str, Any]) -> Obj:
    mode = params.get("billing_mode", {}).get("type", "flexible")
    flexible = {"proration_discounts": "included"} if mode == "flexible" else None
    return {
        "id": new_id("sub"),
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": draft.now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": flexible, "type": mode},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": params.get("cancel_at_period_end", False),
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": draft.now,
        "currency": "usd",
        "customer": customer["id"],
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": params.get("description"),
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "latest_invoice": None,
        "livemode": False,
        "metadata": merge_metadata({}, params.get("metadata")),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": params.get("payment_settings", {}).get("payment_method_types"),
            "save_default_payment_method": params.get("payment_settings", {}).get("save_default_payment_method", "off"),
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": draft.now,
        "status": "active",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
        "_items": [],
    }


def _set_fields(draft: Draft, subscription: Obj, params: Mapping[str, Any]) -> None:
    if "default_payment_method" in params:
        subscription["default_payment_method"] = cards.of_customer(
            draft, params["default_payment_method"], subscription["customer"], "default_payment_method"
        )
    if "description" in params:
        subscription["description"] = params["description"]
    if "metadata" in params:
        subscription["metadata"] = merge_metadata(subscription["metadata"], params["metadata"])
    if "payment_settings" in params:
        subscription["payment_settings"].update(params["payment_settings"])
    if "cancellation_details" in params:
        subscription["cancellation_details"].update(params["cancellation_details"])
    if "cancel_at_period_end" in params:
        ends = params["cancel_at_period_end"]
        subscription["cancel_at_period_end"] = ends
        subscription["canceled_at"] = draft.now if ends else None
        subscription["cancel_at"] = subscription["_items"][0]["current_period_end"] if ends else None
        subscription["cancellation_details"]["reason"] = "cancellation_requested" if ends else None
