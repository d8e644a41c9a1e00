"""What is told whenever the subscription or an invoice was seen, by whatever we did there: only what is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext
from contracts.billing import PaymentFailed, PaymentRecovered, Settled, SubscriptionChanged, SubscriptionEnded
from contracts.message import Seats
from contracts.vocabulary import STRIPE
from services.billing import tasks
from services.billing.contract_mapping import to_invoice, to_invoice_changed, to_plan_changed
from services.billing.domain.account import Agency
from services.billing.domain.hint import operation_of
from services.billing.domain.invoice_news import invoice_news
from services.billing.domain.operation import OperationKind
from services.billing.domain.plan import plan_of
from services.billing.domain.settlement import settlements, taken_by
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.subscription_news import Changed, Ended, Same, subscription_news


def publish_invoices(
    agency: Agency,
    snapshot: Iterable[StripeInvoiceSnapshot],
    ctx: ActorContext,
    cause: UUID | None = None,
    decline_code: str | None = None,
) -> None:
    """Tell of invoices that stand otherwise than before; `cause` is our operation that made them, if one did."""
    news = invoice_news(agency.invoices, snapshot, cause)
    for one in news.changed:
        agency.keep_invoice(one)
        ctx.publish(to_invoice_changed(one), actor=None if cause is not None else STRIPE)
    for one in news.failed:
        failed = PaymentFailed(invoice=to_invoice(one), decline_code=decline_code, settling=one.settles)
        ctx.publish(failed, actor=STRIPE)
    if news.recovered is not None:
        whose = None if cause is None else agency.operations.get(cause)
        retried = whose is not None and whose.kind is OperationKind.PAY_OWED
        recovered = PaymentRecovered(invoice=to_invoice(news.recovered), retried=retried)
        ctx.publish(recovered, actor=None if cause is not None else STRIPE)


def take(agency: Agency, invoice_id: str, pending: Collection[str] = ()) -> None:
    """This invoice has what earlier changes left for one, except what is still pending."""
    for one in taken_by(invoice_id, agency.unsettled, pending):
        agency.keep(one)


def publish_settled(agency: Agency, ctx: ActorContext) -> None:
    """Tell of what was left unsettled and whose invoice is over now."""
    for one in settlements(agency.unsettled, agency.invoices.values()):
        for operation in one.operations:
            agency.keep(operation)
        ctx.publish(
            Settled(
                operation_ids=tuple(operation.id for operation in one.operations),
                seats=Seats.of(one.seats),
                charged=one.charged,
                invoice=to_invoice(one.invoice),
            )
        )


def publish_subscription(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Tell of quantities that are others than we knew, of the subscription's end, and of the plan."""
    account = agency.account
    if account is None:
        return
    noted = operation_of(snapshot.operation)
    known = agency.operations.get(noted) if noted is not None else None
    match subscription_news(account.purchased, account.ended, snapshot, known):
        case Same():
            agency.keep_account(account.holding(account.purchased, snapshot))
        case Changed(before, after, whose):
            agency.keep_account(replace(account.holding(after, snapshot), ended=None))
            changed = SubscriptionChanged(
                whose=whose,
                before=Seats.of(before),
                after=Seats.of(after),
                cycle=snapshot.cycle,
                total=snapshot.total_for(after),
            )
            ctx.publish(changed, actor=STRIPE)
        case Ended(reason, whose):
            agency.keep_account(replace(account, ended=reason))
            ctx.cancel(tasks.SETTLE_DUE)
            ctx.publish(SubscriptionEnded(reason=reason, whose=whose), actor=STRIPE)
        case never:
            assert_never(never)
    publish_plan(agency, snapshot, ctx)


def publish_plan(agency: Agency, snapshot: StripeSubscriptionSnapshot, ctx: ActorContext) -> None:
    """Tell what the agency pays, where that is not what was last told."""
    account = agency.account
    if account is None or not snapshot.items:
        return
    plan = plan_of(snapshot, agency.invoiced, ctx.now, owes=agency.owes)
    if plan != account.plan:
        agency.keep_account(replace(account, plan=plan))
        ctx.publish(to_plan_changed(plan))
