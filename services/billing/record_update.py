"""Record an update of both items, made or not made, and publish its events: what quantities and cycle share."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.message import Event
from contracts.vocabulary import Quantities
from services.billing.domain.account import Agency
from services.billing.domain.operation import Operation
from services.billing.domain.quote import Terms
from services.billing.item_update import ItemsChanged
from services.billing.items_unchanged import ItemsUnchanged
from services.billing.publish_changes import (
    assign_prorations,
    publish_invoices,
    publish_plan,
    publish_scheduled_end,
    publish_settled,
    publish_subscription,
)
from services.billing.tasks import READ_SUBSCRIPTION, schedule_settlement


def record_changed(
    agency: Agency,
    operation: Operation,
    result: ItemsChanged,
    event: Event,
    ctx: ActorContext,
    *,
    purchased: Quantities,
    is_current: bool,
    terms: Terms | None = None,
) -> None:
    """Record that the update was made, and publish `event`.

    Publish the invoice and the plan before the event, so that its subscribers can read both; publish external changes
    after it. `is_current` is False when somebody else has changed the subscription since the update: then the snapshot
    is such an external change. `purchased` are the quantities that we know after the update, which has moved
    the items to the prices of the `terms`.
    """
    snapshot, invoice, account = result.snapshot, result.invoice, agency.account
    if account is None:
        return
    if invoice is not None:
        assign_prorations(agency, invoice.id, result.taken)
    done = operation.done(ctx.now, result.charged, invoice.id if invoice is not None else None)
    agency.keep(done.with_pending(result.left_pending))
    moved = terms.prices if terms is not None and terms.prices is not None else {}
    agency.keep_account(account.holding(purchased, snapshot).paying(moved).with_next_version())
    if invoice is not None:
        publish_invoices(agency, [invoice], ctx, operation.id)
    if is_current:
        publish_plan(agency, snapshot, ctx)
    ctx.publish(event)
    publish_settled(agency, ctx)
    if result.left_pending:
        schedule_settlement(agency, ctx)
    if is_current:
        # A switch of the cycle moves an end with the period, and the Stripe event of it is our own, which is not read.
        publish_scheduled_end(agency, snapshot, ctx)
    else:
        publish_subscription(agency, snapshot, ctx)
    ctx.run_now(READ_SUBSCRIPTION)


def record_unchanged(
    agency: Agency, operation: Operation, result: ItemsUnchanged, rejection: Event, ctx: ActorContext
) -> None:
    """Record that the update was not made, publish external changes, and then `rejection`."""
    agency.keep(operation.rejected(ctx.now, result.code))
    if result.snapshot is not None and agency.account is not None:
        # A reading that started earlier is older than this snapshot, and is repeated.
        agency.keep_account(agency.account.with_next_version())
        publish_invoices(agency, result.owed, ctx)
        publish_subscription(agency, result.snapshot, ctx)
    ctx.publish(rejection)
    ctx.run_now(READ_SUBSCRIPTION)
