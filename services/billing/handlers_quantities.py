"""Other quantities: ordered, made or refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, assert_never

from pydantic import BaseModel

from chassis.actor import ActorContext
from contracts.billing import QuantitiesRejected, QuantitiesSet, SetQuantities, StripeTimedOut, SubscriptionChanged
from contracts.message import Seats
from contracts.vocabulary import STRIPE, ChangedBy, RejectionCode
from services.billing import tasks
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Agency
from services.billing.domain.invoice_budget import auto_add_may_invoice_at
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.quote import Terms, executable
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.publish_changes import publish_invoices, publish_plan, publish_settled, publish_subscription, take
from services.billing.tasks import ChangeTask, ItemsChanged, ItemsKept, SettleDue, StripeTimeout

_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Stripe's invoices leave the budget by Stripe's clock."""


def set_quantities(agency: Agency, command: SetQuantities, ctx: ActorContext) -> None:
    """Change what the subscription holds. The operation is this command, and its id the idempotency key."""
    account = agency.account
    if account is None:
        ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=RejectionCode.BILLING_UNAVAILABLE))
        return
    if command.before == command.after:
        ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=RejectionCode.NOTHING_TO_CHANGE))
        return
    terms: Terms | None = None
    if command.quote_id is not None:
        match executable(agency.quotes.get(command.quote_id), command.after.quantities(), None, ctx.now):
            case RejectionCode() as code:
                ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=code))
                return
            case Terms() as terms:
                pass
            case never:
                assert_never(never)
    begin(
        agency,
        ctx,
        Operation(
            id=ctx.id,
            agency_id=agency.id,
            kind=OperationKind.SET_QUANTITIES,
            before=command.before.quantities(),
            after=command.after.quantities(),
            began_at=ctx.now,
        ),
        ChangeTask(
            customer_id=account.customer_id,
            subscription_id=account.subscription_id,
            before=command.before,
            after=command.after,
            terms=terms,
            invoiced=agency.invoiced,
            waiting=tuple(item for one in agency.unsettled if one.taken_by is None for item in one.left),
        ),
    )


def begin(agency: Agency, ctx: ActorContext, operation: Operation, task: BaseModel) -> None:
    """Keep an operation, and have it performed in its turn."""
    agency.keep(operation)
    key = tasks.task_key(operation.kind, operation.id)
    ctx.task(operation.kind, task, lane=tasks.MONEY, key=key, id=operation.id)


def settle_quantities(agency: Agency, value: ItemsChanged | ItemsKept | StripeTimeout, ctx: ActorContext) -> None:
    """The seats are paid; or nothing changed, and why; or Stripe has been silent for long."""
    operation = agency.under_way(ctx.id)
    if operation is None or agency.account is None:
        return
    match value:
        case ItemsChanged():
            _made(agency, operation, value, ctx)
        case ItemsKept():
            agency.keep(operation.refused(ctx.now, value.code))
            publish_unchanged(agency, value.snapshot, ctx)
            ctx.publish(
                QuantitiesRejected(
                    operation_id=operation.id,
                    code=value.code,
                    actual=Seats.of(value.snapshot.quantities) if value.snapshot is not None else None,
                    figures=value.rejection,
                )
            )
            ctx.run_now(tasks.NEWS)
        case StripeTimeout():
            publish_timeout(agency, operation, value, ctx)
        case _:
            assert_never(value)


def publish_unchanged(agency: Agency, snapshot: StripeSubscriptionSnapshot | None, ctx: ActorContext) -> None:
    """Tell of what was seen instead of a change; a look that was begun before is older, and is taken again."""
    if snapshot is not None and agency.account is not None:
        agency.keep_account(agency.account.seen_anew())
        publish_subscription(agency, snapshot, ctx)


def settle_later(agency: Agency, ctx: ActorContext, at: datetime | None = None) -> None:
    """Have what is unsettled settled then, or when the budget renews."""
    renews = at or auto_add_may_invoice_at(agency.invoiced, ctx.now) or ctx.now
    ctx.task(tasks.SETTLE_DUE, SettleDue(), lane=tasks.SETTLE_DUE, key=tasks.SETTLE_DUE, run_at=renews + _CLOCKS_DIFFER)


def publish_timeout(agency: Agency, operation: Operation, silent: StripeTimeout, ctx: ActorContext) -> None:
    """Tell, once, that Stripe does not answer."""
    if not operation.timeout_published:
        agency.keep(operation.with_timeout_published())
        ctx.publish(StripeTimedOut(operation_id=operation.id, since=silent.since))


def _made(agency: Agency, operation: Operation, made: ItemsChanged, ctx: ActorContext) -> None:
    """Whoever hears of the change can read the plan and the invoice already; what others did since is told after it."""
    snapshot, invoice, account = made.snapshot, made.invoice, agency.account
    if account is None:
        return
    done = operation.done(ctx.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None)
    if invoice is not None:
        take(agency, invoice.id)
    agency.keep(done.leaving(made.left))
    before = operation.before
    if made.found is not None:
        before = made.found
        ctx.publish(
            SubscriptionChanged(
                whose=ChangedBy.DASHBOARD,
                before=Seats.of(account.purchased),
                after=Seats.of(before),
                cycle=snapshot.cycle,
                total=snapshot.total_for(before),
            ),
            actor=STRIPE,
        )
    agency.keep_account(account.holding(operation.after, snapshot).seen_anew())
    if invoice is not None:
        publish_invoices(agency, [invoice], ctx, operation.id)
    is_as_made = snapshot.quantities == operation.after
    if is_as_made:
        publish_plan(agency, snapshot, ctx)
    ctx.publish(
        QuantitiesSet(
            operation_id=operation.id,
            before=Seats.of(before),
            after=Seats.of(operation.after),
            charged=invoice.amount_paid if invoice is not None else 0,
            total=snapshot.total_for(operation.after),
            cycle=snapshot.cycle,
            invoice=to_invoice(invoice) if invoice is not None else None,
            unsettled=bool(made.left),
        )
    )
    publish_settled(agency, ctx)
    if made.left:
        settle_later(agency, ctx)
    if not is_as_made:
        publish_subscription(agency, snapshot, ctx)
    ctx.run_now(tasks.NEWS)
