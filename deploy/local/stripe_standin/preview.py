"""A preview makes the change in a draft that is dropped afterwards, so that it shows what the change will bill."""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import invoicing
from deploy.local.stripe_standin.changes import renew_item
from deploy.local.stripe_standin.errors import invalid
from deploy.local.stripe_standin.money import CURRENCIES
from deploy.local.stripe_standin.parameters import EXPAND, Flag, Integer, ListOf, OneOf, Text, shape
from deploy.local.stripe_standin.pending import pending_lines
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.subscription_parameters import ITEM_CHANGE
from deploy.local.stripe_standin.subscriptions import change_items
from deploy.local.stripe_standin.totals import apply_balance
from deploy.local.stripe_standin.world import Draft, Obj

CREATE = shape(
    customer=Text(),
    subscription=Text(),
    currency=OneOf(CURRENCIES),
    preview_mode=OneOf(("next", "recurring")),
    subscription_details=shape(
        items=ListOf(ITEM_CHANGE, longest=20),
        proration_behavior=OneOf(("always_invoice", "create_prorations", "none")),
        proration_date=Integer(0),
        billing_cycle_anchor=OneOf(("now", "unchanged")),
        cancel_at_period_end=Flag(),
    ),
    expand=EXPAND,
)


def create(draft: Draft, renderer: Renderer, params: Mapping[str, Any]) -> Obj:
    """POST /v1/invoices/create_preview: `next` previews the invoice after the change, `recurring` a later renewal.

    With `always_invoice`, or a new interval, the next invoice is the immediate invoice of the change. Otherwise it is
    the renewal, with the prorations that are pending by then.
    """
    if "subscription" not in params:
        raise invalid("This preview needs a `subscription`.", param="subscription", code="parameter_missing")
    subscription_id = draft.get("subscriptions", params["subscription"], param="subscription")["id"]
    subscription = draft.edit("subscriptions", subscription_id)
    if params.get("customer") not in {None, subscription["customer"]}:
        raise invalid("The subscription is another customer's.", param="customer")
    details = params.get("subscription_details", {})
    change = change_items(draft, renderer, subscription, details)
    recurring = params.get("preview_mode") == "recurring"
    made_now = change.invoice_now and not recurring
    lines: list[Obj] = []
    if not recurring:
        lines = [*pending_lines(draft, subscription_id, subscription["customer"]), *change.change_lines.prorations]
    if made_now:
        lines += change.change_lines.periods
        start = end = draft.now
    else:
        start, end = _renewal_span(subscription)
        lines += [
            line
            for item in subscription["_items"]
            if recurring or item["current_period_end"] == end
            for line in renew_item(draft, subscription, item)
        ]
    at = change.at if details.get("items") or "proration_date" in details else None
    occasion = invoicing.Occasion("upcoming", start, end, at, automatic=True)
    customer = draft.get("customers", subscription["customer"])
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    if recurring:
        apply_balance(invoice, 0)
    return renderer.show(_named_upcoming(draft, invoice, made_now=made_now, end=end))


def _renewal_span(subscription: Obj) -> tuple[int, int]:
    first = min(subscription["_items"], key=lambda item: item["current_period_end"])
    return first["current_period_start"], first["current_period_end"]


def _named_upcoming(draft: Draft, invoice: Obj, *, made_now: bool, end: int) -> Obj:
    held_as = invoice["id"]
    invoice["id"] = f"upcoming_{held_as}"
    invoice["automatically_finalizes_at"] = None
    invoice["next_payment_attempt"] = None if made_now else end + invoicing.DRAFT_SECONDS
    for line in invoice["_lines"]:
        line["invoice"] = invoice["id"]
    draft.remove("invoices", held_as)
    return draft.add("invoices", invoice)
