"""Have one invoice paid by the card: what operations/settlement.py and operations/owed.py share.

Each attempt reads the invoice first, and its state decides the next step: finalize a draft, pay an open one. So a step
that was done before a crash is not done again, and no key has to be kept for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from chassis.actor import ActorContext, Attempt
from contracts.rejections import BillingUnavailable, Rejection, of_code
from contracts.vocabulary import InvoiceState, RejectionCode, StripeFault
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.account import Account, Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.outcome_of import InvoiceLimit, Outcome
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


class CollectionTask(TaskValue):
    """Which subscription the invoice belongs to. `follows_payment`: the same admin's click has paid one already."""

    customer_id: str
    subscription_id: str
    follows_payment: bool = False


class InvoicePaid(TaskValue):
    """The invoice is paid or void. `pending` are the ids of the prorations that wait for another invoice."""

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    pending: tuple[str, ...]


class InvoiceUnpaid(TaskValue):
    """The invoice is open, and the card did not pay it."""

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot
    pending: tuple[str, ...]
    code: RejectionCode
    decline_code: str | None = None
    follows_payment: bool = False


class NotCollected(TaskValue):
    """The card was not tried: there is nothing to invoice, or Stripe makes no invoice, or makes none before `at`."""

    code: RejectionCode
    at: AwareDatetime | None = None
    fault: StripeFault | None = None

    @property
    def rejection(self) -> Rejection:
        """The rejection with its figures."""
        return BillingUnavailable(fault=self.fault) if self.fault is not None else of_code(self.code)

    @classmethod
    def after_failure(cls, failure: Reject) -> NotCollected:
        """The result of a call that Stripe rejected for good."""
        return cls(code=failure.code, fault=failure.fault)


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
                return NotCollected(code=RejectionCode.NOTHING_TO_CHANGE)
            key = f"{attempt.id}-{attempt.tries}-{step}"
            match invoice.state:
                case InvoiceState.DRAFT:
                    await self.stripe.finalize_invoice(invoice_id, key)
                case InvoiceState.OPEN:
                    decline = await self._pay(invoice_id, key)
                    if decline is not None:
                        return await self._unpaid(task, invoice_id, decline)
                case InvoiceState.PAID | InvoiceState.VOID:
                    snapshot = await self.stripe.subscription(task.subscription_id)
                    return InvoicePaid(snapshot=snapshot, invoice=invoice, pending=await self._pending(task))
                case InvoiceState.UNCOLLECTIBLE:
                    return NotCollected(code=RejectionCode.PAST_DUE)
                case never:
                    assert_never(never)
        return None

    async def _pay(self, invoice_id: str, key: str) -> Reject | None:
        """Charge the card; the decline if there is one."""
        try:
            await self.stripe.pay_invoice(invoice_id, key)
        except StripeFailedError as failed:
            match what_next(failed.outcome):
                case Reject(code=RejectionCode.PAYMENT_DECLINED | RejectionCode.PAYMENT_ACTION_REQUIRED) as decline:
                    return decline
                case _:
                    raise
        return None

    async def _unpaid(self, task: CollectionTask, invoice_id: str, decline: Reject) -> InvoiceUnpaid | None:
        """Read the invoice again after a decline; None when it is gone."""
        invoice = await self.stripe.invoice(invoice_id)
        if invoice is None:
            return None
        return InvoiceUnpaid(
            snapshot=await self.stripe.subscription(task.subscription_id),
            invoice=invoice,
            pending=await self._pending(task),
            code=decline.code,
            decline_code=decline.decline_code,
            follows_payment=task.follows_payment,
        )

    async def _pending(self, task: CollectionTask) -> tuple[str, ...]:
        pending = await self.stripe.pending_of(task.customer_id, task.subscription_id)
        return tuple(proration.id for proration in pending)


def publish_collection(
    agency: Agency,
    operation: Operation,
    result: InvoicePaid | InvoiceUnpaid,
    ctx: ActorContext,
    decline_code: str | None = None,
) -> None:
    """Publish the state of the invoice, the prorations that it settled, and what else was read with it."""
    if agency.account is not None:
        agency.keep_account(agency.account.with_next_version())
    assign_prorations(agency, result.invoice.id, result.pending)
    publish_invoices(agency, [result.invoice], ctx, operation.id, decline_code)
    publish_settled(agency, ctx)
    publish_subscription(agency, result.snapshot, ctx)
