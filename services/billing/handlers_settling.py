"""What was left unsettled: settled by one invoice when the day's allow it, and tried again when it is not paid."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, assert_never
from uuid import UUID

from chassis.actor import ActorContext
from services.billing import tasks
from services.billing.domain.account import Account, Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.handlers_news import want_news
from services.billing.handlers_quantities import begin, settle_later
from services.billing.publish_changes import publish_invoices, publish_settled, publish_subscription, take
from services.billing.tasks import SettleDue, SettlementPaid, SettlementPutOff, SettlementUnpaid, SettleTask

_AGAIN: Final = timedelta(hours=1)
"""Stripe would not make the invoice, for a reason that passes or that a person removes."""
_CARD_AGAIN: Final = timedelta(days=1)
"""A declined card is tried once a day, and at once when another one is charged."""


def settle_due(agency: Agency, _value: SettleDue, ctx: ActorContext) -> None:
    """Settle, unless nothing is unsettled any more or it is being settled."""
    account = agency.account
    unpaid = agency.open_settlement
    if account is None or account.ended is not None or not (agency.unsettled or unpaid):
        return
    if any(one.is_under_way and one.kind is OperationKind.SETTLE for one in agency.operations.values()):
        return
    collect(agency, account, ctx, OperationKind.SETTLE, ctx.new_id(), unpaid.id if unpaid is not None else None)


def collect(
    agency: Agency,
    account: Account,
    ctx: ActorContext,
    kind: OperationKind,
    operation_id: UUID,
    unpaid: str | None,
    *,
    is_next: bool = False,
) -> None:
    """Begin an operation that has an invoice paid: the one that is `unpaid`, or one to be made of what waits."""
    begin(
        agency,
        ctx,
        Operation(
            id=operation_id,
            agency_id=agency.id,
            kind=kind,
            before=account.purchased,
            after=account.purchased,
            began_at=ctx.now,
        ),
        SettleTask(
            customer_id=account.customer_id, subscription_id=account.subscription_id, unpaid=unpaid, next=is_next
        ),
    )


def settle_settlement(
    agency: Agency, value: SettlementPaid | SettlementUnpaid | SettlementPutOff, ctx: ActorContext
) -> None:
    """What waited is paid; or invoiced and not paid; or it waits on."""
    operation, account = agency.under_way(ctx.id), agency.account
    if operation is None or account is None:
        return
    match value:
        case SettlementPaid(invoice=invoice):
            agency.keep(operation.done(ctx.now, invoice.amount_paid, invoice.id))
            publish_settlement(agency, operation, value, ctx)
            if agency.unsettled:
                settle_later(agency, ctx)
        case SettlementUnpaid(invoice=invoice):
            agency.keep(operation.refused(ctx.now, value.code, invoice.id))
            publish_settlement(agency, operation, value, ctx, value.decline_code)
            settle_later(agency, ctx, ctx.now + _CARD_AGAIN)
        case SettlementPutOff():
            agency.keep(operation.refused(ctx.now, value.code))
            settle_later(agency, ctx, value.at or ctx.now + _AGAIN)
            # Where nothing waited, another invoice has it.
            want_news(agency, ctx)
        case _:
            assert_never(value)
    ctx.run_now(tasks.NEWS)


def publish_settlement(
    agency: Agency,
    operation: Operation,
    value: SettlementPaid | SettlementUnpaid,
    ctx: ActorContext,
    decline_code: str | None = None,
) -> None:
    """Tell how an invoice stands that an operation was to collect, and what was read with it."""
    if agency.account is not None:
        agency.keep_account(agency.account.seen_anew())
    take(agency, value.invoice.id, value.pending)
    publish_invoices(agency, [value.invoice], ctx, operation.id, decline_code)
    publish_settled(agency, ctx)
    publish_subscription(agency, value.snapshot, ctx)
