"""Charge what an agency owes: the oldest unpaid invoice first, until the card declines one.

An admin's command starts it, and so does another card. Each invoice is an operation of its own. The first one of a
command bears the command's id; each paid one starts the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import assert_never
from uuid import UUID

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts import billing_rejections, rejections, seat_rejections
from contracts.billing import BillingCommandRejected, PayOwed
from contracts.billing_payments import CardChanged
from contracts.payment_vocabulary import Debt, InvoiceState
from contracts.vocabulary import STRIPE
from services.billing.clients.stripe import StripeApi
from services.billing.domain.account import Account, Agency
from services.billing.domain.debt import debt_of, paid_too
from services.billing.domain.operation import OperationKind
from services.billing.invoice_collection import (
    CollectionTask,
    DebtPayment,
    InvoiceCollection,
    InvoicePaid,
    InvoiceUnpaid,
    NotCollected,
    begin_collection,
    meaning_of_failure,
    publish_collection,
)
from services.billing.tasks import READ_SUBSCRIPTION, CardTimer, request_reading, settle_now
from services.billing.with_retry import with_retry


def pay_owed(agency: Agency, command: PayOwed, ctx: ActorContext) -> None:  # noqa: ARG001  the command has no fields
    """Charge the oldest invoice that is owed; reject the command when nothing is."""
    if agency.account is None:
        ctx.reject(billing_rejections.BillingUnavailable())
    elif not agency.owed:
        ctx.reject(seat_rejections.NothingToChange())
    else:
        _charge_oldest(agency, agency.account, ctx, ctx.id, DebtPayment(command_id=ctx.id))


def card_changed(agency: Agency, _result: CardTimer, ctx: ActorContext) -> None:
    """Publish CardChanged when the timer ends, and charge the new card what is owed, or an unpaid settlement."""
    ctx.publish(CardChanged(), actor=STRIPE)
    if agency.account is not None and agency.owed:
        _charge_oldest(agency, agency.account, ctx, ctx.new_id(), DebtPayment())
    elif agency.open_settlement is not None:
        settle_now(ctx)


class PayOwedTask(CollectionTask):
    """Collect this invoice."""

    invoice_id: str
    payment: DebtPayment


def _charge_oldest(agency: Agency, account: Account, ctx: ActorContext, operation_id: UUID, debt: DebtPayment) -> None:
    task = PayOwedTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        invoice_id=agency.owed[0].id,
        payment=debt,
    )
    begin_collection(agency, account, ctx, OperationKind.PAY_OWED, operation_id, task)


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
            partial(NotCollected.after_failure, payment=task.payment),
            meaning=meaning_of_failure,
        )


def on_result(agency: Agency, result: InvoicePaid | InvoiceUnpaid | NotCollected, ctx: ActorContext) -> None:
    """Charge the next invoice, publish PaymentRecovered when nothing is owed anymore, or reject the command."""
    operation, account = agency.under_way(ctx.id), agency.account
    if operation is None or account is None:
        return
    payment = result.payment or DebtPayment()
    match result:
        case InvoicePaid(invoice=invoice):
            paid = payment.paid
            if invoice.state is InvoiceState.PAID:
                paid = paid_too(paid, agency.invoices.get(invoice.id))
            agency.keep(operation.done(ctx.now, invoice.amount_paid, invoice.id))
            retried = (paid or Debt(0, 0)) if payment.command_id is not None else None
            publish_collection(agency, operation, result, ctx, retried=retried)
            if agency.owed:
                next_payment = DebtPayment(paid=paid, command_id=payment.command_id)
                _charge_oldest(agency, account, ctx, ctx.new_id(), next_payment)
            elif account.debt is None:
                # The recovery was published before this operation ran, and the command still needs an outcome.
                _reject(seat_rejections.NothingToChange(), payment, ctx)
        case InvoiceUnpaid(invoice=invoice):
            agency.keep(operation.rejected(ctx.now, result.code, invoice.id))
            publish_collection(agency, operation, result, ctx, result.decline_code)
            # For a decline, people read that nothing was charged; that would be wrong after a payment.
            partly = billing_rejections.PastDue.of(debt_of(agency.owed))
            _reject(partly if payment.paid else rejections.of_code(result.code, result.decline_code), payment, ctx)
        case NotCollected():
            agency.keep(operation.rejected(ctx.now, result.code))
            request_reading(agency, ctx)
            _reject(result.rejection, payment, ctx)
        case _:
            assert_never(result)
    ctx.run_now(READ_SUBSCRIPTION)


def _reject(rejection: rejections.Rejection, payment: DebtPayment, ctx: ActorContext) -> None:
    """End the command, if there is one."""
    if payment.command_id is not None:
        ctx.publish(
            BillingCommandRejected(
                command_id=str(payment.command_id), command_type=PayOwed.type, code=rejection.code, figures=rejection
            )
        )
