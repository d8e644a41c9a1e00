"""Charge what an agency owes when an admin tries again: the oldest unpaid invoice first, until the card declines one.

Each invoice is an operation of its own. The first bears the command's id; each paid one starts the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts import rejections
from contracts.billing import BillingCommandRejected, PayOwed
from contracts.vocabulary import RejectionCode
from services.billing.clients.stripe import StripeApi
from services.billing.domain.account import Account, Agency
from services.billing.domain.invoice_changes import KnownInvoice
from services.billing.domain.operation import OperationKind
from services.billing.invoice_collection import (
    CollectionTask,
    InvoiceCollection,
    InvoicePaid,
    InvoiceUnpaid,
    NotCollected,
    begin_collection,
    meaning_of_failure,
    publish_collection,
)
from services.billing.tasks import READ_SUBSCRIPTION, request_reading
from services.billing.with_retry import with_retry


def pay_owed(agency: Agency, command: PayOwed, ctx: ActorContext) -> None:  # noqa: ARG001  the command has no fields
    """Charge the oldest invoice that is owed; reject the command when nothing is."""
    if agency.account is None:
        ctx.reject(rejections.BillingUnavailable())
    elif agency.owed is None:
        ctx.reject(rejections.NothingToChange())
    else:
        task = _task(agency.account, agency.owed)
        begin_collection(agency, agency.account, ctx, OperationKind.PAY_OWED, ctx.id, task)


class PayOwedTask(CollectionTask):
    """Collect this invoice."""

    invoice_id: str


def _task(account: Account, owed: KnownInvoice, *, follows_payment: bool = False) -> PayOwedTask:
    return PayOwedTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        invoice_id=owed.id,
        follows_payment=follows_payment,
    )


@dataclass(frozen=True, slots=True)
class PayOwedCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `InvoicePaid`, `InvoiceUnpaid` or `NotCollected`; Retry until then."""
        task: PayOwedTask = attempt.payload
        return await with_retry(
            InvoiceCollection(self.stripe).collect(attempt, task, task.invoice_id),
            attempt,
            self.rng,
            NotCollected.after_failure,
            meaning=meaning_of_failure,
        )


def on_result(agency: Agency, result: InvoicePaid | InvoiceUnpaid | NotCollected, ctx: ActorContext) -> None:
    """Charge the next invoice, publish PaymentRecovered when nothing is owed any more, or reject the command."""
    operation, account = agency.under_way(ctx.id), agency.account
    if operation is None or account is None:
        return
    match result:
        case InvoicePaid(invoice=invoice):
            owed_until_now = agency.owes
            agency.keep(operation.done(ctx.now, invoice.amount_paid, invoice.id))
            publish_collection(agency, operation, result, ctx)
            if agency.owed is not None:
                task = _task(account, agency.owed, follows_payment=True)
                begin_collection(agency, account, ctx, OperationKind.PAY_OWED, ctx.new_id(), task)
            elif not owed_until_now:
                # Its payment was published before this operation ran, and the command still needs an outcome.
                _reject(rejections.NothingToChange(), ctx)
        case InvoiceUnpaid(invoice=invoice):
            agency.keep(operation.rejected(ctx.now, result.code, invoice.id))
            publish_collection(agency, operation, result, ctx, result.decline_code)
            # For a decline, people read that nothing was charged; that would be wrong after a payment.
            code = RejectionCode.PAST_DUE if result.follows_payment else result.code
            _reject(rejections.of_code(code, result.decline_code), ctx)
        case NotCollected():
            agency.keep(operation.rejected(ctx.now, result.code))
            request_reading(agency, ctx)
            _reject(result.rejection, ctx)
        case _:
            assert_never(result)
    ctx.run_now(READ_SUBSCRIPTION)


def _reject(rejection: rejections.Rejection, ctx: ActorContext) -> None:
    ctx.publish(
        BillingCommandRejected(
            command_id=str(ctx.id), command_type=PayOwed.type, code=rejection.code, figures=rejection
        )
    )
