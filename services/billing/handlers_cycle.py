"""Another cycle: ordered at a quote's price, made or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from chassis.actor import ActorContext
from contracts import rejections
from contracts.billing import BillingCommandRejected, CycleSwitched, SwitchCycle
from contracts.message import Seats
from contracts.vocabulary import RejectionCode
from services.billing import tasks
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.quote import Terms, executable
from services.billing.handlers_quantities import begin, publish_timeout, publish_unchanged
from services.billing.publish_changes import publish_invoices, publish_plan, publish_settled, publish_subscription, take
from services.billing.tasks import ChangeTask, ItemsChanged, ItemsKept, StripeTimeout


def switch_cycle(agency: Agency, command: SwitchCycle, ctx: ActorContext) -> None:
    """Pay monthly or annually from now on; under a signed BAA, and not while another change of ours is under way."""
    if not agency.baa_signed:
        ctx.reject(rejections.BaaUnsigned())
        return
    account = agency.account
    if account is None:
        ctx.reject(rejections.BillingUnavailable())
        return
    if agency.is_busy:
        ctx.reject(rejections.PurchaseUnderWay())
        return
    if account.cycle is command.cycle:
        ctx.reject(rejections.NothingToChange())
        return
    match executable(agency.quotes.get(command.quote_id), None, command.cycle, ctx.now):
        case RejectionCode() as code:
            ctx.reject(rejections.of_code(code))
        case Terms() as terms:
            begin(
                agency,
                ctx,
                Operation(
                    id=ctx.id,
                    agency_id=agency.id,
                    kind=OperationKind.SWITCH_CYCLE,
                    before=terms.after,
                    after=terms.after,
                    began_at=ctx.now,
                ),
                ChangeTask(
                    customer_id=account.customer_id,
                    subscription_id=account.subscription_id,
                    before=Seats.of(terms.after),
                    after=Seats.of(terms.after),
                    terms=terms,
                    waiting=tuple(one for one, _ in terms.basis.pending),
                ),
            )
        case never:
            assert_never(never)


def settle_cycle(agency: Agency, value: ItemsChanged | ItemsKept | StripeTimeout, ctx: ActorContext) -> None:
    """The agency pays by the other cycle; or nothing changed, and why; or Stripe has been silent for long."""
    operation = agency.under_way(ctx.id)
    if operation is None or agency.account is None:
        return
    match value:
        case ItemsChanged():
            _switched(agency, operation, value, ctx)
        case ItemsKept():
            agency.keep(operation.refused(ctx.now, value.code))
            publish_unchanged(agency, value.snapshot, ctx)
            ctx.publish(
                BillingCommandRejected(
                    command_id=str(operation.id),
                    command_type=SwitchCycle.type,
                    code=value.code,
                    figures=value.rejection,
                )
            )
            ctx.run_now(tasks.NEWS)
        case StripeTimeout():
            publish_timeout(agency, operation, value, ctx)
        case _:
            assert_never(value)


def _switched(agency: Agency, operation: Operation, made: ItemsChanged, ctx: ActorContext) -> None:
    """Whoever hears of the switch can read the plan and the invoice already; what others did since is told after it."""
    snapshot, invoice, account, terms = made.snapshot, made.invoice, agency.account, made.terms
    if account is None or terms is None:
        return
    agency.keep(operation.done(ctx.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None))
    if invoice is not None:
        take(agency, invoice.id)
    agency.keep_account(account.holding(account.purchased, snapshot).seen_anew())
    if invoice is not None:
        publish_invoices(agency, [invoice], ctx, operation.id)
    is_as_made = snapshot.quantities == terms.after and snapshot.cycle is terms.cycle
    if is_as_made:
        publish_plan(agency, snapshot, ctx)
    ctx.publish(
        CycleSwitched(
            operation_id=operation.id,
            before=terms.cycle_before,
            cycle=terms.cycle,
            charged=invoice.amount_paid if invoice is not None else 0,
            total_before=terms.total_before,
            total=terms.total,
            renews_at=datetime.fromtimestamp(min(item.period_end for item in snapshot.items.values()), UTC),
            invoice=to_invoice(invoice) if invoice is not None else None,
        )
    )
    publish_settled(agency, ctx)
    if not is_as_made:
        publish_subscription(agency, snapshot, ctx)
    ctx.run_now(tasks.NEWS)
