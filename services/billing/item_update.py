"""One update of both items of a subscription: what operations/quantities.py and operations/cycle.py share.

The update has absolute quantities and its operation's id as idempotency key, and is paid at once or not made. For a
change at a quote's price, the state that the quote was made for is read again right before the update, and the update
is calculated for the quote's second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import structlog
from pydantic import AwareDatetime

from chassis.actor import Attempt
from contracts.message import Seats
from contracts.vocabulary import RejectionCode, SeatType, StripeFault
from services.billing.catalogue_prices import PriceCache
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.attempt_key import keys_of_change
from services.billing.domain.debt import only_adds
from services.billing.domain.invoice_budget import admin_may_invoice_at
from services.billing.domain.invoice_of import invoice_of_answer, invoice_of_operation
from services.billing.domain.item_change import Billed, item_changes, missing
from services.billing.domain.outcome_of import ActionRequired
from services.billing.domain.plan import has_one_period
from services.billing.domain.quote import Terms, differs
from services.billing.domain.snapshots import PendingProration, StripeInvoiceSnapshot, StripeSubscriptionSnapshot
from services.billing.domain.stale_check import (
    Applied,
    BeingPaid,
    OnAccount,
    Paused,
    Renewal,
    Scheduled,
    Send,
    Stale,
    Unpaid,
    Unusable,
    stale_check,
)
from services.billing.incidents import Incident, report
from services.billing.items_unchanged import ItemsUnchanged, not_accepted, not_sent
from services.billing.tasks import TaskValue
from services.billing.unpaid_invoices import owed_and_being_paid
from services.billing.with_retry import OVER

log = structlog.get_logger(__name__)


class ItemUpdateTask(TaskValue):
    """Make the subscription's quantities `after` if they are `before`; with `terms`, only at that quote's price.

    The terms of a switch of the cycle name the other cycle's prices, and other terms the prices of items that the
    change adds. Without terms, an added item has the catalogue's price. `known_pending` are the ids of the prorations
    that earlier operations left pending. With `renewal` the update is for the renewal at that moment: it makes no
    prorations, and is not sent once the renewal has come or moved.
    """

    customer_id: str
    subscription_id: str
    before: Seats
    after: Seats
    terms: Terms | None = None
    known_pending: tuple[str, ...] = ()
    renewal: AwareDatetime | None = None

    @property
    def may_credit(self) -> bool:
        """True for a change that takes seats away, begins a new period, or costs less because of a tier's edge."""
        terms = self.terms
        if self.renewal is not None:
            return False
        is_credit = terms is not None and (terms.invoice_total < 0 or terms.cycle is not terms.cycle_before)
        return is_credit or not only_adds(self.before.quantities(), self.after.quantities())


class ItemsChanged(TaskValue):
    """The update was made. `invoice` is None when nothing was to be charged, or when the prorations were left pending.

    `left_pending` are the prorations that wait for a later invoice because the day's invoices are used up. `taken` are
    those of earlier operations that the invoice has taken along. `on_next_invoice`: nothing was left to change, because
    somebody had set the same quantities in the same moment; the cents wait for Stripe's next regular invoice.
    """

    snapshot: StripeSubscriptionSnapshot
    invoice: StripeInvoiceSnapshot | None
    left_pending: tuple[PendingProration, ...] = ()
    taken: tuple[str, ...] = ()
    on_next_invoice: int | None = None

    @property
    def charged(self) -> int:
        """The amount that the card paid for the update, in cents."""
        return self.invoice.amount_paid if self.invoice is not None else 0


@dataclass(frozen=True, slots=True)
class ItemUpdate:
    """The calls of one update."""

    stripe: StripeApi
    prices: PriceCache

    async def make(
        self, attempt: Attempt, task: ItemUpdateTask, *, leave_pending: bool = False
    ) -> ItemsChanged | ItemsUnchanged | None:
        """Read the subscription, and send the update unless it is made already or stale; None to try again later.

        StripeFailedError with ActionRequired if the bank wants the payment confirmed.
        """
        for key in keys_of_change(attempt.id, attempt.tries, pending=leave_pending):
            # The open invoices are read although webhooks report debts: the event of one may still be on its way, and a
            # reduction would then credit time that was never paid. The subscription's status shows only a debt of its
            # own cycles. The reading runs beside the two others, so that no purchase takes longer for it.
            snapshot, pending, unpaid = await asyncio.gather(
                self.stripe.subscription(task.subscription_id),
                self._pending_for_terms(task),
                self.stripe.open_invoices_of(task.subscription_id),
            )
            if snapshot.confirming == str(attempt.id):
                # The bank's demand was answered by a pending update already, and that answer was lost.
                raise StripeFailedError(ActionRequired())
            owed, paying = await owed_and_being_paid(self.stripe, unpaid, snapshot, attempt.now)
            match stale_check(
                attempt.id,
                task.before.quantities(),
                snapshot,
                pending,
                task.terms,
                owes=bool(owed),
                credits_unpaid=bool(paying) and task.may_credit,
                renewal=None if task.renewal is None else Renewal(task.renewal, attempt.now),
            ):
                case Applied():
                    invoice = invoice_of_operation(attempt.id, await self.stripe.invoices_of(snapshot.id))
                    return await self._made(attempt, task, snapshot, invoice, is_pending=invoice is None)
                case Stale() | Unusable() | Unpaid() | BeingPaid() | Scheduled() | Paused() | OnAccount() as reason:
                    return not_sent(reason, attempt, snapshot, owed or paying)
                case Send():
                    pass
                case never:
                    assert_never(never)
            prices = await self._prices(attempt, task, snapshot)
            if prices is None:
                return not_accepted(StripeFault.CATALOGUE, snapshot)
            try:
                changed = await self.stripe.change_items(
                    snapshot.id,
                    item_changes(snapshot.item_ids, task.after.quantities(), prices),
                    operation_id=str(attempt.id),
                    key=key,
                    proration_date=task.terms.proration_date if task.terms else None,
                    billed=_billed(task, leave_pending=leave_pending),
                    off_session=task.terms is None,
                )
            except StripeFailedError as failed:
                if isinstance(failed.outcome, OVER):
                    continue
                raise
            newest_before = snapshot.latest_invoice.id if snapshot.latest_invoice else None
            invoice = invoice_of_answer(changed.latest_invoice, newest_before)
            made = await self._made(attempt, task, changed, invoice, is_pending=leave_pending)
            return await self._unless_set_already(task, made)
        return None

    async def _made(
        self,
        attempt: Attempt,
        task: ItemUpdateTask,
        snapshot: StripeSubscriptionSnapshot,
        invoice: StripeInvoiceSnapshot | None,
        *,
        is_pending: bool,
    ) -> ItemsChanged | ItemsUnchanged:
        """The result of an update that was made; `is_pending`: its prorations wait for a later invoice.

        A subscription that was canceled right after it has dropped them. Nobody will ever pay for the seats then, so
        that none are given.
        """
        if not is_pending:
            return _changed(attempt, snapshot, invoice, taken=await self._taken(task, invoice))
        left_pending = await self._left_pending(task)
        if not left_pending:
            snapshot = await self.stripe.subscription(snapshot.id)
            if snapshot.is_over:
                return ItemsUnchanged(code=RejectionCode.BILLING_UNAVAILABLE, snapshot=snapshot)
        return _changed(attempt, snapshot, None, left_pending=left_pending)

    async def _unless_set_already(
        self, task: ItemUpdateTask, made: ItemsChanged | ItemsUnchanged
    ) -> ItemsChanged | ItemsUnchanged:
        """The result, with what is on the next invoice where the update found its quantities set already."""
        if isinstance(made, ItemsUnchanged) or task.terms is None or made.invoice is not None:
            return made
        if not differs(task.terms, None):
            return made
        left = await self._left_pending(task)
        return made.model_copy(update={"on_next_invoice": sum(proration.net for proration in left)})

    async def at_invoice_limit(self, attempt: Attempt, task: ItemUpdateTask) -> ItemsUnchanged:
        """The result of an admin's change at Stripe's invoice limit: a rejection that names when the limit passes."""
        invoices = await self.stripe.invoices_of(task.subscription_id)
        at = admin_may_invoice_at((invoice.created for invoice in invoices), attempt.now)
        return ItemsUnchanged(code=RejectionCode.INVOICE_LIMIT, available_at=at)

    async def _prices(
        self, attempt: Attempt, task: ItemUpdateTask, snapshot: StripeSubscriptionSnapshot
    ) -> Mapping[SeatType, str] | None:
        """The prices to which items move, or at which missing ones are added; None when the catalogue lacks one."""
        if task.terms is not None:
            return task.terms.prices or {}
        added = missing(snapshot.item_ids, task.after.quantities())
        if not added:
            return {}
        prices = await self.prices.of_cycle(snapshot.cycle, snapshot.currency, attempt.now)
        if prices is None:
            log.error("billing.catalogue_missing", operation_id=str(attempt.id))
            return None
        return {seat_type: prices[seat_type].id for seat_type in added}

    async def _left_pending(self, task: ItemUpdateTask) -> tuple[PendingProration, ...]:
        """The prorations that wait for an invoice, without those of earlier operations, and without charges by hand."""
        pending = await self.stripe.pending_of(task.customer_id, task.subscription_id)
        return tuple(
            proration for proration in pending if proration.id not in task.known_pending and proration.item is not None
        )

    async def _taken(self, task: ItemUpdateTask, invoice: StripeInvoiceSnapshot | None) -> tuple[str, ...]:
        """The prorations on the update's invoice; not read while we know of none that earlier operations left."""
        if invoice is None or not task.known_pending:
            return ()
        return await self.stripe.items_of_invoice(invoice.id)

    async def _pending_for_terms(self, task: ItemUpdateTask) -> tuple[PendingProration, ...]:
        """The prorations that the update's invoice takes along; they are part of a quote's price only."""
        if task.terms is None:
            return ()
        return await self.stripe.pending_of(task.customer_id, task.subscription_id)


def _billed(task: ItemUpdateTask, *, leave_pending: bool) -> Billed:
    if task.renewal is not None:
        return Billed.AT_RENEWAL
    return Billed.LATER if leave_pending else Billed.NOW


def _changed(
    attempt: Attempt,
    snapshot: StripeSubscriptionSnapshot,
    invoice: StripeInvoiceSnapshot | None,
    *,
    left_pending: tuple[PendingProration, ...] = (),
    taken: tuple[str, ...] = (),
) -> ItemsChanged:
    terms: Terms | None = attempt.payload.terms
    if terms is not None and differs(terms, invoice):
        report(Incident.CHARGE_DIFFERS, attempt.id)
    if not has_one_period(snapshot):
        report(Incident.PERIODS_DIFFER, attempt.id)
    return ItemsChanged(snapshot=snapshot, invoice=invoice, left_pending=left_pending, taken=taken)
