"""A settling invoice: of all that waits on the subscription, finalised, and paid by the card; or one that is owed.

Each step is found again by reading: the invoice bears the operation, and what is to be done next follows from how it
stands. So only making it needs a key that is kept; the other steps are refused by Stripe when they are done already.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final, assert_never

from chassis.actor import Attempt, Done, Retry
from contracts.vocabulary import InvoiceState, RejectionCode
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.attempt_key import is_forgotten, keys_of_creation
from services.billing.domain.invoice_budget import A_DAY, auto_add_may_invoice_at
from services.billing.domain.outcome_of import InvoiceLimit, Misused, Outcome
from services.billing.domain.snapshots import StripeInvoiceSnapshot
from services.billing.domain.what_next import Reject, Wait, what_next
from services.billing.performers.with_retry import OVER, with_retry
from services.billing.tasks import SettlementPaid, SettlementPutOff, SettlementUnpaid, SettleTask

_NOTHING_WAITS: Final = "invoice_no_subscription_line_items"
_STEPS: Final = 4
"""From a draft to its end: finalised, paid, and a look at what another did meanwhile."""


@dataclass(slots=True)
class SettlePerformer:
    """Settles what earlier changes left pending, or collects an invoice that was not paid."""

    stripe: StripeApi
    rng: Random

    async def __call__(self, attempt: Attempt) -> Done | Retry:
        """Done with `SettlementPaid`, `SettlementUnpaid` or `SettlementPutOff`; Again until then."""
        return await with_retry(
            self._settle(attempt, attempt.payload),
            attempt,
            self.rng,
            lambda no: SettlementPutOff(code=no.code),
            meaning=_what_next,
        )

    async def _settle(
        self, attempt: Attempt, task: SettleTask
    ) -> SettlementPaid | SettlementUnpaid | SettlementPutOff | None:
        invoice_id = task.unpaid
        if invoice_id is None:
            invoices = await self.stripe.invoices_of(task.subscription_id, A_DAY)
            ours = next((one.id for one in invoices if _is_ours(one, attempt)), None)
            at = auto_add_may_invoice_at((one.created for one in invoices), attempt.now)
            if ours is None and at is not None:
                return SettlementPutOff(code=RejectionCode.INVOICE_LIMIT, at=at)
            made = ours or await self._create(attempt, task)
            if not isinstance(made, str):
                return made
            invoice_id = made
        return await self._collect(attempt, task, invoice_id)

    async def _create(self, attempt: Attempt, task: SettleTask) -> str | SettlementPutOff | None:
        if is_forgotten(attempt.since, attempt.now):
            # An invoice that it may have made is found by the next look, and settled as what it is.
            return SettlementPutOff(code=RejectionCode.BILLING_UNAVAILABLE)
        for key in keys_of_creation(attempt.id, "invoice"):
            try:
                return await self.stripe.create_invoice(
                    customer_id=task.customer_id,
                    subscription_id=task.subscription_id,
                    operation_id=str(attempt.id),
                    key=key,
                )
            except StripeFailedError as failed:
                if isinstance(failed.outcome, Misused) and failed.outcome.code == _NOTHING_WAITS:
                    return SettlementPutOff(code=RejectionCode.NOTHING_TO_CHANGE)
                if not isinstance(failed.outcome, OVER):
                    raise
                invoices = await self.stripe.invoices_of(task.subscription_id, A_DAY)
                found = next((one.id for one in invoices if _is_ours(one, attempt)), None)
                if found is not None:
                    return found
        return None

    async def _collect(
        self, attempt: Attempt, task: SettleTask, invoice_id: str
    ) -> SettlementPaid | SettlementUnpaid | SettlementPutOff | None:
        for step in range(_STEPS):
            invoice = await self.stripe.invoice(invoice_id)
            if invoice is None:
                return SettlementPutOff(code=RejectionCode.NOTHING_TO_CHANGE)
            key = f"{attempt.id}-{attempt.tries}-{step}"
            match invoice.state:
                case InvoiceState.DRAFT:
                    await self.stripe.finalize_invoice(invoice_id, key)
                case InvoiceState.OPEN:
                    refused = await self._pay(invoice_id, key)
                    if refused is not None:
                        return await self._unpaid(task, invoice_id, refused)
                case InvoiceState.PAID | InvoiceState.VOID:
                    snapshot = await self.stripe.subscription(task.subscription_id)
                    return SettlementPaid(snapshot=snapshot, invoice=invoice, pending=await self._pending(task))
                case InvoiceState.UNCOLLECTIBLE:
                    return SettlementPutOff(code=RejectionCode.PAST_DUE)
                case never:
                    assert_never(never)
        return None

    async def _pay(self, invoice_id: str, key: str) -> Reject | None:
        try:
            await self.stripe.pay_invoice(invoice_id, key)
        except StripeFailedError as failed:
            match what_next(failed.outcome):
                case Reject(code=RejectionCode.PAYMENT_DECLINED | RejectionCode.PAYMENT_ACTION_REQUIRED) as refused:
                    return refused
                case _:
                    raise
        return None

    async def _unpaid(self, task: SettleTask, invoice_id: str, refused: Reject) -> SettlementUnpaid | None:
        """How the invoice stands after the card was tried in vain."""
        invoice = await self.stripe.invoice(invoice_id)
        if invoice is None:
            return None
        return SettlementUnpaid(
            snapshot=await self.stripe.subscription(task.subscription_id),
            invoice=invoice,
            pending=await self._pending(task),
            code=refused.code,
            decline_code=refused.decline_code,
            next=task.next,
        )

    async def _pending(self, task: SettleTask) -> tuple[str, ...]:
        pending = await self.stripe.pending_of(task.customer_id, task.subscription_id)
        return tuple(one.id for one in pending)


def _what_next(outcome: Outcome) -> Reject | Wait:
    """At the limit it is put off: the timer comes back, and the lane is free meanwhile."""
    return Reject(RejectionCode.INVOICE_LIMIT) if isinstance(outcome, InvoiceLimit) else what_next(outcome)


def _is_ours(invoice: StripeInvoiceSnapshot, attempt: Attempt) -> bool:
    return invoice.settles and invoice.operation == str(attempt.id)
