"""Changes that time causes: periods renew, drafts are finalised, failed cards are retried, and what has an end ends."""

from deploy.local.stripe_standin import cancellation, coupons, invoicing, pending_updates, subscriptions, trials
from deploy.local.stripe_standin.agenda import Agenda, renewal_of
from deploy.local.stripe_standin.billing import hold, is_held, make_invoice, subscription_of
from deploy.local.stripe_standin.changes import renew_item
from deploy.local.stripe_standin.collection import collect_by_time, finalize_by_time, settle_debit
from deploy.local.stripe_standin.pending import pending_lines
from deploy.local.stripe_standin.render import Address, Renderer
from deploy.local.stripe_standin.world import Draft, Obj, World

__all__ = ["Agenda", "catch_up"]


def catch_up(world: World, agenda: Agenda, address: Address) -> None:
    """Process everything that is due by now, in order, each change dated at its due second."""
    while (due := agenda.next()) is not None and due <= world.clock.now():
        draft = Draft(world, due)
        renderer = Renderer(draft, address)
        for key in agenda.at(due):
            if key in world.table("invoices"):
                _step_of_invoice(draft, renderer, draft.edit("invoices", key))
            elif key in world.table("discounts"):
                _end_discount(draft, renderer, key)
            else:
                _step_of_subscription(draft, renderer, key)
        draft.commit()


def _step_of_invoice(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    if invoice["status"] == "draft":
        finalize_by_time(draft, renderer, invoice)
    elif invoice["_processing_until"] is not None and invoice["_processing_until"] <= draft.now:
        settle_debit(draft, renderer, invoice)
    elif invoice["status"] == "open" and invoice["next_payment_attempt"] == draft.now:
        collect_by_time(draft, renderer, invoice)
    elif invoice["status"] == "open":
        _fall_overdue(draft, renderer, invoice)


def _fall_overdue(draft: Draft, renderer: Renderer, invoice: Obj) -> None:
    """A sent invoice that was not paid by its due date makes its subscription past due ("Collection methods")."""
    invoice["_overdue"] = True
    draft.emit("invoice.overdue", renderer.show(invoice))
    owner = subscription_of(invoice)
    held = draft.find("subscriptions", owner) if owner else None
    if held is not None and held["status"] == "active":
        before = renderer.show(held)
        subscription = draft.edit("subscriptions", held["id"])
        subscription["status"] = "past_due"
        draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def _end_discount(draft: Draft, renderer: Renderer, discount_id: str) -> None:
    """A discount ends by itself, and its holder loses it."""
    discount = draft.edit("discounts", discount_id)
    discount["_ended"] = True
    owner = discount["subscription"]
    if owner is not None:
        subscription = draft.edit("subscriptions", owner)
        for holder in (subscription, *subscription["_items"]):
            holder["discounts"] = [held_id for held_id in holder["discounts"] if held_id != discount_id]
    else:
        draft.edit("customers", discount["customer"])["_discount"] = None
    coupons.end(draft, renderer, discount_id)


def _step_of_subscription(draft: Draft, renderer: Renderer, subscription_id: str) -> None:
    subscription = draft.edit("subscriptions", subscription_id)
    before = renderer.show(subscription)
    waiting, pause = subscription["pending_update"], subscription["pause_collection"]
    if waiting is not None and waiting["expires_at"] <= draft.now:
        pending_updates.give_up(draft, renderer, subscription, expired=True)
    elif subscription["status"] == "incomplete" and subscription["_expires_at"] <= draft.now:
        subscriptions.expire(draft, renderer, subscription_id)
    elif subscription["cancel_at"] == draft.now:
        cancellation.end_as_planned(draft, renderer, subscription)
    elif pause is not None and pause["resumes_at"] == draft.now:
        subscription["pause_collection"] = None
        draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
    elif renewal_of(subscription) == draft.now:
        _renew(draft, renderer, subscription, before)


def _renew(draft: Draft, renderer: Renderer, subscription: Obj, before: Obj) -> None:
    if subscription["status"] == "trialing" and _ends_with_trial(draft, renderer, subscription, before):
        return
    ending = [item for item in subscription["_items"] if item["current_period_end"] == draft.now]
    start = ending[0]["current_period_start"]
    lines = pending_lines(draft, subscription["id"], subscription["customer"])
    lines += [line for item in ending for line in renew_item(draft, subscription, item)]
    occasion = invoicing.Occasion("subscription_cycle", start, draft.now, automatic=True)
    invoice = make_invoice(draft, renderer, subscription, lines, occasion)
    if is_held(subscription):
        hold(draft, renderer, subscription, invoice)
    draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))


def _ends_with_trial(draft: Draft, renderer: Renderer, subscription: Obj, before: Obj) -> bool:
    """Whether the subscription is not billed after its trial: it is canceled, or paused."""
    subscription["status"] = "active"
    match trials.without_card(draft, subscription):
        case "cancel":
            cancellation.end_as_planned(draft, renderer, subscription)
        case "pause":
            subscription["status"] = "paused"
            draft.emit("customer.subscription.paused", renderer.show(subscription))
            draft.emit_update("customer.subscription.updated", before, renderer.show(subscription))
        case _:
            return False
    return True
