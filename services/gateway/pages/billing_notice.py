"""The result of the operation that the address names, in the Seats & Billing tab: saved, canceled, or not done."""

from __future__ import annotations

from uuid import UUID

from contracts.billing import CancelChange
from contracts.payment_vocabulary import Debt
from contracts.scheduled_reductions import ReductionScheduled, ScheduleReduction, TakeBackReduction
from contracts.seats_purchases import Adjust, RetryPayment
from contracts.vocabulary import Quantities, RejectionCode
from services.gateway.api.presenters.billing import adjusted_out, cycle_out, paid_by_retry
from services.gateway.api.schemas.billing import AdjustedOut, CycleOut
from services.gateway.domain.idempotency import OperationState
from services.gateway.model.agency import SeatsView
from services.gateway.model.operation import Operation
from services.gateway.model.reduction import ScheduledReduction
from services.gateway.model.rejected import RejectedError
from services.gateway.pages.billing_view import Notice
from services.gateway.pages.page_request import PageRequest
from services.gateway.texts import awaited_payments, messages, reductions, saved
from services.gateway.texts import billing as billing_text


async def notice_of(request: PageRequest, seats: SeatsView) -> Notice | None:  # noqa: PLR0911  one for each end
    """The result of the operation that the address names; None when it is not this admin's."""
    try:
        operation_id = UUID(request.query("saved") or "")
        operation = await request.app.operation(operation_id, request.caller, operator=False)
    except (ValueError, RejectedError):
        return None
    match operation.state, operation.kind:
        case OperationState.RUNNING, _ if operation.awaits_payment:
            # The page's own note says what is to be paid.
            return None
        case OperationState.RUNNING, _:
            return Notice(None, messages.ASKING_STRIPE)
        case OperationState.REJECTED, _:
            code = operation.code or RejectionCode.INTERNAL_ERROR
            return Notice("It was not done", messages.message(code, operation.figures).sentence, failed=True)
        case OperationState.DONE, CancelChange.type:
            return Notice("Canceled", awaited_payments.CANCELED)
        case OperationState.DONE, RetryPayment.type:
            return Notice("Trying again", billing_text.retried(_paid(operation)))
        case OperationState.DONE, ScheduleReduction.type:
            event = ReductionScheduled.model_validate(operation.result)
            reduction = ScheduledReduction(event.at, event.to.base, event.to.voice)
            return Notice("Scheduled", reductions.scheduled(reduction))
        case OperationState.DONE, TakeBackReduction.type:
            return Notice("Taken back", reductions.TAKEN_BACK)
        case OperationState.DONE, Adjust.type:
            adjusted = adjusted_out(operation, seats)
            change = saved.seats_now(Quantities(adjusted.after.base, adjusted.after.voice))
            return _saved(change, adjusted)
        case _:
            switched = cycle_out(operation)
            return _saved(saved.cycle_now(switched.cycle), switched)


def _paid(operation: Operation) -> Debt | None:
    paid = paid_by_retry(operation)
    return None if paid is None else Debt(paid.invoices, paid.amount, paid.currency)


def _saved(change: str, result: AdjustedOut | CycleOut) -> Notice:
    invoice = result.invoice
    total = None if invoice is None else invoice.total.amount
    later = result.on_next_invoice if isinstance(result, AdjustedOut) else None
    cost = saved.cost_today(
        result.new_total.amount,
        result.cycle,
        result.charged.amount,
        total,
        result.charged.currency,
        None if later is None else later.amount,
    )
    if invoice is None:
        return Notice("Saved", f"{change} {cost}")
    return Notice("Saved", f"{change} {cost}", invoice.number, invoice.url)
