"""The invoice of a subscription's change or first period: created, finalised, and collected as the subscription is.

A 200 is not a payment. The invoice stays open with `collection_method=send_invoice` and while a bank debit is
processing, and a draft while the collection is paused as `keep_as_draft` or the subscription is `unpaid`.
[Pause payment collection; Collection methods; ACH Direct Debit; Subscription statuses]
"""

from collections.abc import Mapping
from typing import Any

from deploy.local.stripe_standin import cards, invoicing, taxes
from deploy.local.stripe_standin.discounts import use_up_once
from deploy.local.stripe_standin.errors import AUTHENTICATION_REQUIRED, StripeError, authentication_declined, invalid
from deploy.local.stripe_standin.invoice_states import mark_uncollectible, void
from deploy.local.stripe_standin.pending import assign_pending
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj


def subscription_of(invoice: Obj) -> str | None:
    """Return the id of an invoice's subscription, if it has one."""
    parent = invoice["parent"]
    return parent["subscription_details"]["subscription"] if parent else None


def make_invoice(
    draft: Draft, renderer: Renderer, subscription: Obj, lines: list[Obj], occasion: invoicing.Occasion
) -> Obj:
    """Create the subscription's newest invoice, a draft, with what was pending."""
    customer = draft.get("customers", subscription["customer"])
    invoice = invoicing.new_invoice(draft, customer, subscription, lines, occasion)
    assign_pending(draft, invoice, subscription["id"], customer["id"])
    subscription["latest_invoice"] = invoice["id"]
    use_up_once(draft, renderer, subscription, lines)
    draft.emit("invoice.created", renderer.show(invoice))
    return invoice


def is_held(subscription: Obj) -> bool:
    """Whether Stripe collects nothing for the subscription: its collection is paused, or it is `unpaid`."""
    return subscription["pause_collection"] is not None or subscription["status"] == "unpaid"


def hold(draft: Draft, renderer: Renderer, subscription: Obj, invoice: Obj) -> None:
    """Do with a new invoice what the pause says: leave it as a draft, void it, or write it off."""
    invoicing.advance(draft, invoice, automatic=False)
    pause = subscription["pause_collection"]
    if pause is None or pause["behavior"] == "keep_as_draft":
        return
    invoice = invoicing.finalize(draft, renderer, invoice["id"])
    if invoice["status"] == "open":
        (void if pause["behavior"] == "void" else mark_uncollectible)(draft, renderer, invoice)


def bill(
    draft: Draft,
    renderer: Renderer,
    subscription: Obj,
    lines: list[Obj],
    occasion: invoicing.Occasion,
    params: Mapping[str, Any],
) -> StripeError | None:
    """Create an invoice and collect it. With `error_if_incomplete` a failure is raised, otherwise it is returned."""
    taxes.check_location(draft, subscription)
    invoice = make_invoice(draft, renderer, subscription, lines, occasion)
    if is_held(subscription):
        hold(draft, renderer, subscription, invoice)
        return None
    invoice = invoicing.finalize(draft, renderer, invoice["id"])
    behaviour = params.get("payment_behavior", "allow_incomplete")
    if invoice["status"] == "paid" or invoice["collection_method"] == "send_invoice":
        return None
    method = cards.card_that_pays(draft, draft.get("customers", subscription["customer"]), subscription)
    if behaviour == "default_incomplete":
        return invalid("not attempted")
    failure = invoicing.collect(draft, renderer, invoice, method, of_update=True)
    if failure is not None and failure.code == AUTHENTICATION_REQUIRED and params.get("off_session"):
        # Nobody is there to authenticate, so the bank declines. [Decline codes: authentication_required]
        failure = authentication_declined()
    if failure is not None and (behaviour == "error_if_incomplete" or method is None):
        raise failure
    return failure
