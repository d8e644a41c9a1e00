"""Have one invoice paid by the card: what operations/settlement.py and operations/owed.py share.

Each attempt reads the invoice first, and its state decides the next step: finalize a draft, pay an open one. So a step
that was done before a crash is not done again, and no key has to be kept for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from chassis.actor import ActorContext, Attempt
from contracts.billing_rejections import BillingUnavailable
from contracts.payment_vocabulary import Debt, InvoiceState
from contracts.rejections import Rejection, of_code
from contracts.vocabulary import RejectionCode, StripeFault
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.account import Account, Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.outcome_of import InvoiceLimit, Misused, Outcome
from services.billing.domain.snapshots import StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.what_next import Reject, Wait, what_next
from services.billing.publish_changes import (
    assign_prorations,
    publish_invoices,
    publish_settled,
    publish_subscription,
)
from services.billing.tasks import TaskValue, begin

_STEPS: Final = 4
"""Finalize, pay, read the end; and one more step for an invoice that somebody else changes meanwhile."""


class DebtPayment(TaskValue):
    """The payment of what an agency owes, invoice by invoice: what is `paid` so far.

    `command_id` is the command that waits for its end; None when a new card is charged.
    """

    paid: Debt | None = None
    command_id: UUID | None = None


class CollectionTask(TaskValue):
    """Which subscription the invoice belongs to. `payment` is the payment of a debt that it is a part of."""

    customer_id: str
    subscription_id: str
    payment: DebtPayment | None = None


class InvoicePaid(TaskValue):
    """The invoice is paid or void. `taken` are the ids of the prorations on its lines."""

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    taken: tuple[str, ...] = ()
    payment: DebtPayment | None = None


class InvoiceUnpaid(TaskValue):
    """The invoice is open, and the card did not pay it."""

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    code: RejectionCode
    taken: tuple[str, ...] = ()
    decline_code: str | None = None
    payment: DebtPayment | None = None


class NotCollected(TaskValue):
    """The card was not tried: there is nothing to invoice, or Stripe makes no invoice, or makes none before `at`."""

    code: RejectionCode
    at: AwareDatetime | None = None
    fault: StripeFault | None = None
    payment: DebtPayment | None = None

    @property
    def rejection(self) -> Rejection:
        """The rejection with its figures."""
        return BillingUnavailable(fault=self.fault) if self.fault is not None else of_code(self.code)

    @classmethod
    def after_failure(cls, failure: Reject, payment: DebtPayment | None = None) -> NotCollected:
        """The result of a call that Stripe rejected for good."""
        return cls(code=failure.code, fault=failure.fault, payment=payment)


def begin_collection(
    agency: Agency, account: Account, ctx: ActorContext, kind: OperationKind, operation_id: UUID, task: CollectionTask
) -> None:
    """Start an operation that changes no quantity and charges the card."""
    operation = Operation(
        id=operation_id,
        agency_id=agency.id,
        kind=kind,
        before=account.purchased,
        after=account.purchased,
        began_at=ctx.now,
    )
    begin(agency, ctx, operation, task)


def meaning_of_failure(outcome: Outcome) -> Reject | Wait:
    """As `what_next`, but end the task at Stripe's invoice limit, so that the agency's lane is free until it passes."""
    return Reject(RejectionCode.INVOICE_LIMIT) if isinstance(outcome, InvoiceLimit) else what_next(outcome)


@dataclass(frozen=True, slots=True)
class InvoiceCollection:
    """The calls for one invoice."""

    stripe: StripeApi

    async def collect(
        self, attempt: Attempt, task: CollectionTask, invoice_id: str
    ) -> InvoicePaid | InvoiceUnpaid | NotCollected | None:
        """Bring the invoice to its end; None to try again later."""
        for step in range(_STEPS):
            invoice = await self.stripe.invoice(invoice_id)
            if invoice is None:
                return NotCollected(code=RejectionCode.NOTHING_TO_CHANGE, payment=task.payment)
            key = f"{attempt.id}-{attempt.tries}-{step}"
            match invoice.state:
                case InvoiceState.DRAFT:
                    await self.stripe.finalize_invoice(invoice_id, key)
                case InvoiceState.OPEN | InvoiceState.UNCOLLECTIBLE:
                    decline = await self._pay(invoice_id, key)
                    if decline is not None:
                        return await self._unpaid(task, invoice_id, decline)
                case InvoiceState.PAID | InvoiceState.VOID:
                    snapshot = await self.stripe.subscription(task.subscription_id)
                    taken = await self.stripe.items_of_invoice(invoice_id)
                    return InvoicePaid(snapshot=snapshot, invoice=invoice, taken=taken, payment=task.payment)
                case never:
                    assert_never(never)
        return None

    async def _pay(self, invoice_id: str, key: str) -> Reject | None:
        """Charge the card; the decline if there is one.

        Stripe does not accept the payment of an invoice that somebody else has paid since we read it.
        """
        try:
            await self.stripe.pay_invoice(invoice_id, key)
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Misused) and await self._is_over(invoice_id):
                return None
            match what_next(failed.outcome):
                case Reject(code=RejectionCode.PAYMENT_DECLINED | RejectionCode.PAYMENT_ACTION_REQUIRED) as decline:
                    return decline
                case _:
                    raise
        return None

    async def _is_over(self, invoice_id: str) -> bool:
        invoice = await self.stripe.invoice(invoice_id)
        return invoice is None or invoice.state in {InvoiceState.PAID, InvoiceState.VOID}

    async def _unpaid(self, task: CollectionTask, invoice_id: str, decline: Reject) -> InvoiceUnpaid | None:
        """Read the invoice again after a decline; None when it is gone."""
        invoice = await self.stripe.invoice(invoice_id)
        if invoice is None:
            return None
        return InvoiceUnpaid(
            snapshot=await self.stripe.subscription(task.subscription_id),
            invoice=invoice,
            taken=await self.stripe.items_of_invoice(invoice_id),
            code=decline.code,
            decline_code=decline.decline_code,
            payment=task.payment,
        )


def publish_collection(
    agency: Agency,
    operation: Operation,
    result: InvoicePaid | InvoiceUnpaid,
    ctx: ActorContext,
    decline_code: str | None = None,
    *,
    retried: Debt | None = None,
) -> None:
    """Publish the state of the invoice, the prorations that it settled, and what else was read with it.

    `retried` is what the command `pay_owed` has paid, this invoice included.
    """
    if agency.account is not None:
        # The status decides which invoices are owed, and an invoice's payment may change it.
        agency.keep_account(replace(agency.account.with_next_version(), status=result.snapshot.status))
    assign_prorations(agency, result.invoice.id, result.taken)
    publish_invoices(agency, [result.invoice], ctx, operation.id, decline_code, retried)
    publish_settled(agency, ctx)
    publish_subscription(agency, result.snapshot, ctx)
