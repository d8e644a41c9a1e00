"""Settle pending prorations: make one invoice of all that wait on the subscription, and have the card pay it.

Prorations are left pending by Auto-Add when the day's invoices are used up. A timer starts their settlement when the
budget renews. A settlement that the card does not pay blocks nobody; it is repeated with the next card and once a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final, assert_never

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.vocabulary import RejectionCode
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.account import Agency
from services.billing.domain.attempt_key import is_forgotten, keys_of_creation
from services.billing.domain.invoice_budget import A_DAY, auto_add_may_invoice_at
from services.billing.domain.operation import OperationKind
from services.billing.domain.outcome_of import Misused
from services.billing.domain.snapshots import StripeInvoiceSnapshot
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
from services.billing.tasks import READ_SUBSCRIPTION, SettlementDue, request_reading, schedule_settlement
from services.billing.with_retry import OVER, with_retry

_NOTHING_PENDING: Final = "invoice_no_subscription_line_items"
"""Stripe's error code for an invoice without lines."""
_RETRY_AFTER: Final = timedelta(hours=1)
"""Stripe did not make the invoice, for a reason that passes or that a person removes."""
_NEXT_CHARGE_AFTER: Final = timedelta(days=1)
"""The same card is charged once a day, and another card at once."""


def settlement_due(agency: Agency, _result: SettlementDue, ctx: ActorContext) -> None:
    """Start a settlement when the timer ends, unless nothing is unsettled or a settlement is under way."""
    account = agency.account
    unpaid = agency.open_settlement
    if account is None or account.ended is not None or not (agency.unsettled or unpaid):
        return
    operations = agency.operations.values()
    if any(operation.is_under_way and operation.kind is OperationKind.SETTLE for operation in operations):
        return
    task = SettleTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        invoice_id=unpaid.id if unpaid is not None else None,
    )
    begin_collection(agency, account, ctx, OperationKind.SETTLE, ctx.new_id(), task)


class SettleTask(CollectionTask):
    """Collect the settling invoice that was not paid; without one, make it."""

    invoice_id: str | None = None


@dataclass(frozen=True, slots=True)
class SettleCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `InvoicePaid`, `InvoiceUnpaid` or `NotCollected`; Retry until then."""
        return await with_retry(
            self._settle(attempt, attempt.payload),
            attempt,
            self.rng,
            NotCollected.after_failure,
            meaning=meaning_of_failure,
        )

    async def _settle(self, attempt: Attempt, task: SettleTask) -> InvoicePaid | InvoiceUnpaid | NotCollected | None:
        invoice_id = task.invoice_id
        if invoice_id is None:
            invoices = await self.stripe.invoices_of(task.subscription_id, A_DAY)
            ours = _made_by(attempt, invoices)
            at = auto_add_may_invoice_at((invoice.created for invoice in invoices), attempt.now)
            if ours is None and at is not None:
                return NotCollected(code=RejectionCode.INVOICE_LIMIT, at=at)
            made = ours or await self._create(attempt, task)
            if not isinstance(made, str):
                return made
            invoice_id = made
        return await InvoiceCollection(self.stripe).collect(attempt, task, invoice_id)

    async def _create(self, attempt: Attempt, task: SettleTask) -> str | NotCollected | None:
        """Make the invoice; its id."""
        if is_forgotten(attempt.since, attempt.now):
            # The next reading finds an invoice that an earlier attempt may have made.
            return NotCollected(code=RejectionCode.BILLING_UNAVAILABLE)
        for key in keys_of_creation(attempt.id, "invoice"):
            try:
                return await self.stripe.create_invoice(
                    customer_id=task.customer_id,
                    subscription_id=task.subscription_id,
                    operation_id=str(attempt.id),
                    key=key,
                )
            except StripeFailedError as failed:
                if isinstance(failed.outcome, Misused) and failed.outcome.code == _NOTHING_PENDING:
                    return NotCollected(code=RejectionCode.NOTHING_TO_CHANGE)
                if not isinstance(failed.outcome, OVER):
                    raise
                invoices = await self.stripe.invoices_of(task.subscription_id, A_DAY)
                ours = _made_by(attempt, invoices)
                if ours is not None:
                    return ours
        return None


def _made_by(attempt: Attempt, invoices: Iterable[StripeInvoiceSnapshot]) -> str | None:
    """The id of the settling invoice that an earlier attempt has made."""
    return next((invoice.id for invoice in invoices if invoice.settles and invoice.operation == str(attempt.id)), None)


def on_result(agency: Agency, result: InvoicePaid | InvoiceUnpaid | NotCollected, ctx: ActorContext) -> None:
    """Publish Settled or PaymentFailed, and schedule the next settlement while prorations are unsettled."""
    operation, account = agency.under_way(ctx.id), agency.account
    if operation is None or account is None:
        return
    match result:
        case InvoicePaid(invoice=invoice):
            agency.keep(operation.done(ctx.now, invoice.amount_paid, invoice.id))
            publish_collection(agency, operation, result, ctx)
            if agency.unsettled:
                schedule_settlement(agency, ctx)
        case InvoiceUnpaid(invoice=invoice):
            agency.keep(operation.rejected(ctx.now, result.code, invoice.id))
            publish_collection(agency, operation, result, ctx, result.decline_code)
            schedule_settlement(agency, ctx, ctx.now + _NEXT_CHARGE_AFTER)
        case NotCollected():
            agency.keep(operation.rejected(ctx.now, result.code))
            schedule_settlement(agency, ctx, result.at or ctx.now + _RETRY_AFTER)
            # If nothing was pending, another invoice has billed the prorations: find it.
            request_reading(agency, ctx)
        case _:
            assert_never(result)
    ctx.run_now(READ_SUBSCRIPTION)
