"""A change of both items: other quantities, or another cycle; one update under its operation's key, paid or not made.

An admin's change is made at its quote's price: what the quote was made for is read again right before, and the update
is reckoned for the quote's second, where Stripe takes one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random
from typing import assert_never

import structlog

from chassis.actor import Attempt, Done, Retry
from contracts.vocabulary import Quantities, RejectionCode
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.attempt_key import keys_of_change
from services.billing.domain.edited_meanwhile import edited_meanwhile
from services.billing.domain.invoice_budget import (
    A_DAY,
    admin_may_invoice_at,
    auto_add_may_invoice_at,
    is_worth_a_look,
)
from services.billing.domain.invoice_of import invoice_of_answer, invoice_of_operation
from services.billing.domain.item_change import item_changes
from services.billing.domain.outcome_of import InvoiceLimit
from services.billing.domain.plan import has_one_period
from services.billing.domain.quote import differs
from services.billing.domain.snapshots import Pending, StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.stale_check import Applied, Send, Stale, Unpaid, Unusable, stale_check
from services.billing.incidents import Incident, report
from services.billing.performers.with_retry import OVER, with_retry
from services.billing.tasks import ChangeTask, ItemsChanged, ItemsKept

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class ChangePerformer:
    """Changes both items in one update."""

    stripe: StripeApi
    rng: Random

    async def __call__(self, attempt: Attempt) -> Done | Retry:
        """Done with `ItemsChanged` or `ItemsKept`; Again (with `Silent`, after a while) until then."""
        return await with_retry(
            self._change(attempt, attempt.payload),
            attempt,
            self.rng,
            lambda no: ItemsKept(code=no.code, decline_code=no.decline_code),
            tell=True,
        )

    async def _change(self, attempt: Attempt, task: ChangeTask) -> ItemsChanged | ItemsKept | None:
        """An admin's change is invoiced now; Auto-Add's too, as long as the day's invoices last."""
        if task.terms is None and is_worth_a_look(task.invoiced, attempt.now):
            leave = await self._is_used_up(attempt, task)
        else:
            leave = False
        try:
            return await self._make(attempt, task, leave_pending=leave)
        except StripeFailedError as failed:
            if not isinstance(failed.outcome, InvoiceLimit):
                raise
            if task.terms is not None:
                return await self._limited(attempt, task)
            if leave or not await self._is_used_up(attempt, task):
                raise
        return await self._make(attempt, task, leave_pending=True)

    async def _is_used_up(self, attempt: Attempt, task: ChangeTask) -> bool:
        invoices = await self.stripe.invoices_of(task.subscription_id, A_DAY)
        return auto_add_may_invoice_at((one.created for one in invoices), attempt.now) is not None

    async def _make(
        self, attempt: Attempt, task: ChangeTask, *, leave_pending: bool
    ) -> ItemsChanged | ItemsKept | None:
        for key in keys_of_change(attempt.id, attempt.tries, pending=leave_pending):
            snapshot, pending = await asyncio.gather(
                self.stripe.subscription(task.subscription_id), self._pending(task)
            )
            match stale_check(attempt.id, task.before.quantities(), snapshot, pending, task.terms):
                case Applied():
                    invoice = invoice_of_operation(attempt.id, await self.stripe.invoices_of(snapshot.id))
                    left = await self._left(task) if invoice is None else ()
                    return _changed(attempt, snapshot, invoice, left=left)
                case Stale() | Unusable() | Unpaid() as why:
                    return ItemsKept(code=_code(why, attempt, snapshot), snapshot=snapshot)
                case Send():
                    pass
                case never:
                    assert_never(never)
            try:
                changed = await self.stripe.change_items(
                    snapshot.id,
                    item_changes(snapshot.item_ids, task.after.quantities(), task.terms.prices if task.terms else None),
                    operation_id=str(attempt.id),
                    key=key,
                    proration_date=task.terms.proration_date if task.terms else None,
                    leave_pending=leave_pending,
                )
            except StripeFailedError as failed:
                if isinstance(failed.outcome, OVER):
                    continue
                raise
            if leave_pending:
                return _changed(attempt, changed, None, left=await self._left(task))
            newest_before = snapshot.latest_invoice.id if snapshot.latest_invoice else None
            invoice = invoice_of_answer(changed.latest_invoice, newest_before)
            return _changed(attempt, changed, invoice, _found(snapshot, invoice, task, pending))
        return None

    async def _left(self, task: ChangeTask) -> tuple[Pending, ...]:
        """What waits for an invoice and was not left by an earlier change."""
        pending = await self.stripe.pending_of(task.customer_id, task.subscription_id)
        return tuple(one for one in pending if one.id not in task.waiting)

    async def _pending(self, task: ChangeTask) -> tuple[Pending, ...]:
        """What waits for the next invoice: a part of a quote's price, and of nothing else."""
        if task.terms is None:
            return ()
        return await self.stripe.pending_of(task.customer_id, task.subscription_id)

    async def _limited(self, attempt: Attempt, task: ChangeTask) -> ItemsKept:
        """An admin does not wait for the limit to pass, but is told when it does."""
        invoices = await self.stripe.invoices_of(task.subscription_id)
        at = admin_may_invoice_at((one.created for one in invoices), attempt.now)
        return ItemsKept(code=RejectionCode.INVOICE_LIMIT, available_at=at)


def _code(why: Stale | Unusable | Unpaid, attempt: Attempt, snapshot: StripeSubscriptionSnapshot) -> RejectionCode:
    match why:
        case Stale():
            return RejectionCode.STALE if attempt.payload.terms is None else RejectionCode.QUOTE_STALE
        case Unusable():
            log.error("billing.subscription_unusable", operation_id=str(attempt.id), status=snapshot.status)
            return RejectionCode.BILLING_UNAVAILABLE
        case Unpaid():
            return RejectionCode.PAST_DUE
        case never:
            assert_never(never)


def _found(
    snapshot: StripeSubscriptionSnapshot,
    invoice: StripeInvoiceSnapshot | None,
    task: ChangeTask,
    pending: tuple[Pending, ...],
) -> Quantities | None:
    at = task.terms.proration_date if task.terms else None
    waiting = {*task.waiting, *(one.id for one in pending)}
    return edited_meanwhile(snapshot, invoice.lines if invoice else (), at, waiting)


def _changed(
    attempt: Attempt,
    snapshot: StripeSubscriptionSnapshot,
    invoice: StripeInvoiceSnapshot | None,
    found: Quantities | None = None,
    *,
    left: tuple[Pending, ...] = (),
) -> ItemsChanged:
    task: ChangeTask = attempt.payload
    if found is not None:
        report(Incident.EDITED_MEANWHILE, attempt.id)
    if task.terms is not None and differs(task.terms, invoice):
        report(Incident.CHARGE_DIFFERS, attempt.id)
    if not has_one_period(snapshot):
        report(Incident.PERIODS_DIFFER, attempt.id)
    return ItemsChanged(snapshot=snapshot, invoice=invoice, found=found, terms=task.terms, left=left)
