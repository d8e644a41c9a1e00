"""What is owed: charged to the card when an admin tries again, the oldest invoice first, until one is declined."""

from __future__ import annotations

from typing import assert_never

from chassis.actor import ActorContext
from contracts import rejections
from contracts.billing import BillingCommandRejected, PayOwed
from contracts.vocabulary import RejectionCode
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.operation import OperationKind
from services.billing.handlers_news import want_news
from services.billing.handlers_settling import collect, publish_settlement
from services.billing.tasks import SettlementPaid, SettlementPutOff, SettlementUnpaid


def pay_owed(agency: Agency, command: PayOwed, ctx: ActorContext) -> None:  # noqa: ARG001  that it is asked is all
    """Charge the oldest invoice that is owed."""
    if agency.account is None:
        ctx.reject(rejections.BillingUnavailable())
    elif agency.owed is None:
        ctx.reject(rejections.NothingToChange())
    else:
        collect(agency, agency.account, ctx, OperationKind.PAY_OWED, ctx.id, agency.owed.id)


def settle_owed(agency: Agency, value: SettlementPaid | SettlementUnpaid | SettlementPutOff, ctx: ActorContext) -> None:
    """The invoice is paid, and the next one's turn comes, or nothing is owed any more; or it is not paid, and why."""
    operation, account = agency.under_way(ctx.id), agency.account
    if operation is None or account is None:
        return
    match value:
        case SettlementPaid(invoice=invoice):
            owed_until_now = agency.owes
            agency.keep(operation.done(ctx.now, invoice.amount_paid, invoice.id))
            publish_settlement(agency, operation, value, ctx)
            if agency.owed is not None:
                new = ctx.new_id()
                collect(agency, account, ctx, OperationKind.PAY_OWED, new, agency.owed.id, is_next=True)
            elif not owed_until_now:
                # It was paid and told before its turn came: what was asked for ends all the same.
                _reject(rejections.NothingToChange(), ctx)
        case SettlementUnpaid(invoice=invoice):
            agency.keep(operation.refused(ctx.now, value.code, invoice.id))
            publish_settlement(agency, operation, value, ctx, value.decline_code)
            # Of a declined card people are told that nothing was charged.
            code = RejectionCode.PAST_DUE if value.next else value.code
            _reject(rejections.of_code(code, value.decline_code), ctx)
        case SettlementPutOff():
            agency.keep(operation.refused(ctx.now, value.code))
            want_news(agency, ctx)
            _reject(rejections.of_code(value.code), ctx)
        case _:
            assert_never(value)
    ctx.run_now(tasks.NEWS)


def _reject(rejection: rejections.Rejection, ctx: ActorContext) -> None:
    ctx.publish(
        BillingCommandRejected(
            command_id=str(ctx.id), command_type=PayOwed.type, code=rejection.code, figures=rejection
        )
    )
