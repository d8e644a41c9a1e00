"""Switch an agency between monthly and annual billing, at a quote's price.

Both items move to the other cycle's prices in one update, so that both are paid for one period afterwards. If the bank
wants the payment confirmed, the switch is pending at Stripe; on account Stripe sends an invoice. Either waits while its
invoice is not paid (awaited_payments.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never

from chassis.actor import ActorContext, Attempt, Done, Retry
from chassis.sealing import Sealing
from contracts import billing_rejections, rejections, request_rejections, seat_rejections
from contracts.billing import BillingCommandRejected, CycleSwitched, SwitchCycle
from contracts.members_agencies import BaaOutdated, BaaSigned
from contracts.message import Seats
from contracts.vocabulary import BaaStage, RejectionCode
from services.billing.awaited_payments import ItemsAwaitPayment, record_awaited, unless_paid
from services.billing.catalogue_prices import PriceCache
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.confirmed_update import ConfirmedUpdate
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Account, Agency
from services.billing.domain.cycle_switch import cycle_switch_of
from services.billing.domain.debt import debt_of
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.outcome_of import ActionRequired, InvoiceLimit
from services.billing.domain.plan import renews_at
from services.billing.domain.quote import Terms, executable
from services.billing.item_update import ItemsChanged, ItemUpdate, ItemUpdateTask
from services.billing.items_unchanged import ItemsUnchanged
from services.billing.record_update import record_changed, record_unchanged
from services.billing.tasks import StripeTimeout, begin, publish_timeout
from services.billing.with_retry import with_retry


def baa_signed(agency: Agency, _event: BaaSigned, _ctx: ActorContext) -> None:
    """Let the agency's admins switch the cycle from now on."""
    agency.keep_baa(signed=True)


def baa_outdated(agency: Agency, event: BaaOutdated, _ctx: ActorContext) -> None:
    """Lock the switch once an earlier version's signature has lapsed."""
    if event.stage is BaaStage.LAPSED:
        agency.keep_baa(signed=False)


def switch_cycle(agency: Agency, command: SwitchCycle, ctx: ActorContext) -> None:
    """Start the Stripe operation, if the BAA is signed, nothing is owed and no other operation is under way."""
    if not agency.baa_signed:
        ctx.reject(request_rejections.BaaUnsigned())
        return
    account = agency.account
    if account is None:
        ctx.reject(billing_rejections.BillingUnavailable())
        return
    if agency.is_busy:
        ctx.reject(seat_rejections.PurchaseUnderWay())
        return
    if agency.awaited is not None:
        ctx.reject(seat_rejections.PaymentPending())
        return
    if agency.owed:
        ctx.reject(billing_rejections.PastDue.of(debt_of(agency.owed)))
        return
    if account.cycle is command.cycle:
        ctx.reject(seat_rejections.NothingToChange())
        return
    match executable(agency.quotes.get(command.quote_id), None, command.cycle, ctx.now):
        case RejectionCode() as code:
            ctx.reject(rejections.of_code(code))
        case Terms() as terms:
            begin(
                agency,
                ctx,
                Operation(
                    id=ctx.id,
                    agency_id=agency.id,
                    kind=OperationKind.SWITCH_CYCLE,
                    before=terms.after,
                    after=terms.after,
                    began_at=ctx.now,
                ),
                SwitchCycleTask(
                    customer_id=account.customer_id,
                    subscription_id=account.subscription_id,
                    before=Seats.of(terms.after),
                    after=Seats.of(terms.after),
                    terms=terms,
                    known_pending=tuple(proration_id for proration_id, _ in terms.basis.pending),
                ),
            )
        case never:
            assert_never(never)


class SwitchCycleTask(ItemUpdateTask):
    """The update; it leaves the quantities as they are, and moves both items to the terms' prices."""

    terms: Terms


class CycleChanged(ItemsChanged):
    """The update was made, on these terms."""

    terms: Terms


class CycleAwaitsPayment(ItemsAwaitPayment):
    """The update on these terms has an invoice that is not paid."""

    terms: Terms


@dataclass(frozen=True, slots=True)
class SwitchCycleCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    prices: PriceCache
    sealing: Sealing
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `CycleChanged`, `CycleAwaitsPayment` or `ItemsUnchanged`; Retry until then.

        `StripeTimeout` is reported after ten minutes.
        """
        return await with_retry(
            self._switch(attempt, attempt.payload),
            attempt,
            self.rng,
            ItemsUnchanged.after_failure,
            report_timeout=True,
        )

    async def _switch(
        self, attempt: Attempt, task: SwitchCycleTask
    ) -> CycleChanged | CycleAwaitsPayment | ItemsUnchanged | None:
        """Make the switch, and see whether its invoice is paid."""
        result = await self._move(attempt, task)
        if not isinstance(result, ItemsChanged):
            return result
        outcome = unless_paid(result, self.sealing)
        if isinstance(outcome, ItemsAwaitPayment):
            return CycleAwaitsPayment(**dict(outcome), terms=task.terms)
        return CycleChanged(**dict(outcome), terms=task.terms)

    async def _move(self, attempt: Attempt, task: SwitchCycleTask) -> ItemsChanged | ItemsUnchanged | None:
        update = ItemUpdate(self.stripe, self.prices)
        try:
            return await update.make(attempt, task)
        except StripeFailedError as failed:
            if isinstance(failed.outcome, ActionRequired):
                return await ConfirmedUpdate(self.stripe).make(attempt, task, task.terms)
            if not isinstance(failed.outcome, InvoiceLimit):
                raise
            return await update.at_invoice_limit(attempt, task)


def on_result(
    agency: Agency, result: CycleChanged | CycleAwaitsPayment | ItemsUnchanged | StripeTimeout, ctx: ActorContext
) -> None:
    """Publish CycleSwitched, PaymentAwaited, a rejection or StripeTimedOut; ignore a result that is recorded."""
    operation, account = agency.under_way(ctx.id), agency.account
    if operation is None or account is None:
        return
    match result:
        case CycleChanged():
            _record_switched(agency, account, operation, result, ctx)
        case CycleAwaitsPayment():
            switch = cycle_switch_of(result.terms, result.snapshot.item_ids, ctx.actor)
            record_awaited(agency, operation, result, ctx, switch)
        case ItemsUnchanged():
            rejection = BillingCommandRejected(
                command_id=str(operation.id), command_type=SwitchCycle.type, code=result.code, figures=result.rejection
            )
            record_unchanged(agency, operation, result, rejection, ctx)
        case StripeTimeout():
            publish_timeout(agency, operation, result, ctx)
        case _:
            assert_never(result)


def _record_switched(
    agency: Agency, account: Account, operation: Operation, result: CycleChanged, ctx: ActorContext
) -> None:
    snapshot, terms = result.snapshot, result.terms
    event = CycleSwitched(
        operation_id=operation.id,
        before=terms.cycle_before,
        cycle=terms.cycle,
        charged=result.charged,
        total_before=terms.total_before,
        total=terms.total,
        renews_at=renews_at(snapshot),
        invoice=to_invoice(result.invoice) if result.invoice is not None else None,
        currency=terms.currency,
    )
    is_current = snapshot.quantities == terms.after and snapshot.cycle is terms.cycle
    record_changed(
        agency, operation, result, event, ctx, purchased=account.purchased, is_current=is_current, terms=terms
    )
