"""Automatic collection: drafts are finalised, cards are charged and charged again, bank debits settle.

After the last retry the account's setting decides whether the subscription stays `past_due`, becomes `unpaid`, or is
canceled. [Automate payment retries; Subscription statuses]
"""

from deploy.local.stripe_standin import cancellation, cards, invoicing, payments, subscriptions
from deploy.local.stripe_standin.billing import subscription_of
from deploy.local.stripe_standin.errors import StripeError
from deploy.local.stripe_standin.render import Renderer
from deploy.local.stripe_standin.world import Draft, Obj

# What can happen after the last retry, by the account's setting.
AFTER_RETRIES = ("past_due", "unpaid", "cancel")


def finalize_by_time(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Finalise a draft whose hour is over, and collect it; without a location for tax it stays a draft."""
    try:
        invoice = invoicing.finalize(draft, renderer, invoice["id"])
    except StripeError as error:
        invoice["automatically_finalizes_at"] = None
        invoice["last_finalization_error"] = error.body()["error"]
        draft.emit("invoice.finalization_failed", renderer.show(invoice))
        return
    if invoice["status"] == "paid":
        recover_subscription(draft, renderer, invoice)
    elif invoice["collection_method"] == "charge_automatically":
        collect_by_time(draft, renderer, invoice)


def collect_by_time(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Charge an open invoice, for the first time or again."""
    owner = subscription_of(invoice)
    held = draft.find("subscriptions", owner) if owner else None
    customer = draft.get("customers", invoice["customer"])
    failure = invoicing.collect(draft, renderer, invoice, cards.card_that_pays(draft, customer, held))
    if failure is None:
        recover_subscription(draft, renderer, invoice)
        return
    if invoice["next_payment_attempt"] is not None and invoice["next_payment_attempt"] <= draft.now:
        # Without a card no attempt is counted, and none is planned.
        invoice["next_payment_attempt"] = None
    _fall_behind(draft, renderer, invoice)


def settle_debit(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """End a bank debit's processing: it is paid, or it has failed after days."""
    fails = invoice["_processing_fails"]
    invoice["_processing_until"] = None
    payments.finish(draft, invoice, paid=not fails)
    if not fails:
        invoicing.pay_in_full(draft, renderer, invoice)
        recover_subscription(draft, renderer, invoice)
        return
    invoicing.refused(draft, renderer, invoice)
    _fall_behind(draft, renderer, invoice)


def recover_subscription(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """Make the subscription of a paid invoice active again, if nothing else is owed."""
    owner = subscription_of(invoice)
    if owner is not None:
        subscriptions.recover(draft, renderer, owner)


def _fall_behind(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    owner = subscription_of(invoice)
    held = draft.find("subscriptions", owner) if owner else None
    if held is None or held["status"] not in {"active", "past_due"}:
        return
    before = renderer.show(held)
    subscription = draft.edit("subscriptions", held["id"])
    subscription["status"] = "past_due"
    retried_out = invoice["attempt_count"] > invoicing.RETRIES and invoice["next_payment_attempt"] is None
    follows = (draft.find("settings", "account") or {}).get("after_retries", "past_due")
    if retried_out and follows == "cancel":
        cancellation.end(draft, renderer, subscription, reason="payment_failed")
        return
    if retried_out:
        subscription["status"] = follows
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
