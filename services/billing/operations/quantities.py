"""Change the quantities of an agency's subscription: Auto-Add's purchases, and admins' changes at a quote's price.

Auto-Add leaves the prorations of its purchases pending when the day's invoices are used up; operations/settlement.py
settles them later. An admin's change is invoiced at once or rejected. If the bank wants its payment confirmed, it is
pending at Stripe; nobody is there to confirm one of Auto-Add's. Either waits while its invoice is not paid
(awaited_payments.py). A reduction for the renewal makes no invoice, and is not made once the renewal has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import assert_never

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.billing import QuantitiesRejected, QuantitiesSet, SetQuantities
from contracts.message import Seats
from contracts.vocabulary import RejectionCode
from hosting.sealing import Sealing
from services.billing.awaited_payments import ItemsAwaitPayment, record_awaited, unless_paid
from services.billing.catalogue_prices import PriceCache
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.confirmed_update import ConfirmedUpdate
from services.billing.contract_mapping import to_invoice
from services.billing.domain.account import Agency
from services.billing.domain.invoice_budget import A_DAY, auto_add_may_invoice_at, may_be_used_up
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.outcome_of import ActionRequired, InvoiceLimit
from services.billing.domain.quote import Terms, executable
from services.billing.item_update import ItemsChanged, ItemUpdate, ItemUpdateTask
from services.billing.items_unchanged import ItemsUnchanged
from services.billing.record_update import record_changed, record_unchanged
from services.billing.tasks import StripeTimeout, begin, publish_timeout
from services.billing.with_retry import with_retry


def set_quantities(agency: Agency, command: SetQuantities, ctx: ActorContext) -> None:
    """Start the Stripe operation. The command's id is the operation's id and its idempotency key."""
    account = agency.account
    if account is None:
        ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=RejectionCode.BILLING_UNAVAILABLE))
        return
    if agency.awaited is not None:
        ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=RejectionCode.PAYMENT_PENDING))
        return
    if command.before == command.after:
        ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=RejectionCode.NOTHING_TO_CHANGE))
        return
    terms: Terms | None = None
    if command.quote_id is not None:
        match executable(agency.quotes.get(command.quote_id), command.after.quantities(), None, ctx.now):
            case RejectionCode() as code:
                ctx.publish(QuantitiesRejected(operation_id=ctx.id, code=code))
                return
            case Terms() as terms:
                pass
            case never:
                assert_never(never)
    begin(
        agency,
        ctx,
        Operation(
            id=ctx.id,
            agency_id=agency.id,
            kind=OperationKind.SET_QUANTITIES,
            before=command.before.quantities(),
            after=command.after.quantities(),
            began_at=ctx.now,
        ),
        SetQuantitiesTask(
            customer_id=account.customer_id,
            subscription_id=account.subscription_id,
            before=command.before,
            after=command.after,
            terms=terms,
            known_pending=agency.unbilled_proration_ids,
            invoiced=agency.invoiced,
            renewal=command.renewal,
        ),
    )


class SetQuantitiesTask(ItemUpdateTask):
    """The update. `invoiced` are the seconds in which the invoices of the last day were made, as far as we know."""

    invoiced: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SetQuantitiesCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    prices: PriceCache
    sealing: Sealing
    rng: Random

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `ItemsChanged`, `ItemsAwaitPayment` or `ItemsUnchanged`; Retry until then.

        An admin's change is reported after ten minutes of retries.
        """
        return await with_retry(
            self._change_and_look(attempt, attempt.payload),
            attempt,
            self.rng,
            ItemsUnchanged.after_failure,
            # A wait for Auto-Add has one clock, whatever operations are tried: seats reports it.
            report_timeout=attempt.payload.terms is not None,
        )

    async def _change_and_look(
        self, attempt: Attempt, task: SetQuantitiesTask
    ) -> ItemsChanged | ItemsAwaitPayment | ItemsUnchanged | None:
        """Make the change, and see whether its invoice is paid."""
        result = await self._change(attempt, task)
        return unless_paid(result, self.sealing) if isinstance(result, ItemsChanged) else result

    async def _change(self, attempt: Attempt, task: SetQuantitiesTask) -> ItemsChanged | ItemsUnchanged | None:
        """Invoice the change at once. Leave Auto-Add's prorations pending once the day's invoices are used up."""
        update = ItemUpdate(self.stripe, self.prices)
        is_used_up = False
        if task.terms is None and task.renewal is None and may_be_used_up(task.invoiced, attempt.now):
            is_used_up = await self._is_budget_used_up(attempt, task)
        try:
            return await update.make(attempt, task, leave_pending=is_used_up)
        except StripeFailedError as failed:
            if isinstance(failed.outcome, ActionRequired) and task.terms is not None:
                return await ConfirmedUpdate(self.stripe).make(attempt, task, task.terms)
            if not isinstance(failed.outcome, InvoiceLimit):
                raise
            if task.terms is not None:
                return await update.at_invoice_limit(attempt, task)
            if is_used_up or not await self._is_budget_used_up(attempt, task):
                raise
        return await update.make(attempt, task, leave_pending=True)

    async def _is_budget_used_up(self, attempt: Attempt, task: SetQuantitiesTask) -> bool:
        invoices = await self.stripe.invoices_of(task.subscription_id, A_DAY)
        return auto_add_may_invoice_at((invoice.created for invoice in invoices), attempt.now) is not None


def on_result(
    agency: Agency, result: ItemsChanged | ItemsAwaitPayment | ItemsUnchanged | StripeTimeout, ctx: ActorContext
) -> None:
    """Publish QuantitiesSet, PaymentAwaited, QuantitiesRejected or StripeTimedOut.

    A result that is recorded already is ignored.
    """
    operation = agency.under_way(ctx.id)
    if operation is None:
        return
    match result:
        case ItemsChanged():
            _record_set(agency, operation, result, ctx)
        case ItemsAwaitPayment():
            record_awaited(agency, operation, result, ctx)
        case ItemsUnchanged():
            rejection = QuantitiesRejected(
                operation_id=operation.id,
                code=result.code,
                actual=Seats.of(result.snapshot.quantities) if result.snapshot is not None else None,
                figures=result.rejection,
            )
            record_unchanged(agency, operation, result, rejection, ctx)
        case StripeTimeout():
            publish_timeout(agency, operation, result, ctx)
        case _:
            assert_never(result)


def _record_set(agency: Agency, operation: Operation, result: ItemsChanged, ctx: ActorContext) -> None:
    snapshot, after = result.snapshot, operation.after
    event = QuantitiesSet(
        operation_id=operation.id,
        before=Seats.of(operation.before),
        after=Seats.of(after),
        charged=result.charged,
        total=snapshot.total_for(after),
        cycle=snapshot.cycle,
        invoice=to_invoice(result.invoice) if result.invoice is not None else None,
        unsettled=bool(result.left_pending),
        other_total=snapshot.other_total,
        currency=snapshot.currency,
        on_next_invoice=result.on_next_invoice,
    )
    is_current = snapshot.quantities == after
    record_changed(agency, operation, result, event, ctx, purchased=after, is_current=is_current)
