"""Other quantities: ordered, made or refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, assert_never

from pydantic import BaseModel

from chassis.actor import Turn
from contracts.billing import QuantitiesRefused, QuantitiesSet, SetQuantities, StripeSilent, SubscriptionChanged
from contracts.message import Seats
from contracts.vocabulary import STRIPE, ChangedBy, Refusal
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.invoice_budget import auto_add_may_invoice_at
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.quote import Terms, executable
from services.billing.domain.seen import SeenSubscription
from services.billing.tasks import ChangeTask, ItemsChanged, ItemsKept, SettleDue, Silent
from services.billing.telling import take, tell_invoices, tell_plan, tell_seen, tell_settled
from services.billing.told import told_invoice

_CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""Stripe's invoices leave the budget by Stripe's clock."""


def set_quantities(agency: Agency, order: SetQuantities, turn: Turn) -> None:
    """Change what the subscription holds. The operation is this order, and its id the idempotency key."""
    account = agency.account
    if account is None:
        turn.say(QuantitiesRefused(operation_id=turn.id, code=Refusal.BILLING_UNAVAILABLE))
        return
    if order.before == order.after:
        turn.say(QuantitiesRefused(operation_id=turn.id, code=Refusal.NOTHING_TO_CHANGE))
        return
    terms: Terms | None = None
    if order.quote_id is not None:
        match executable(agency.quotes.get(order.quote_id), order.after.quantities(), None, turn.now):
            case Refusal() as code:
                turn.say(QuantitiesRefused(operation_id=turn.id, code=code))
                return
            case Terms() as terms:
                pass
            case never:
                assert_never(never)
    begin(
        agency,
        turn,
        Operation(
            id=turn.id,
            agency_id=agency.id,
            kind=OperationKind.SET_QUANTITIES,
            before=order.before.quantities(),
            after=order.after.quantities(),
            began_at=turn.now,
        ),
        ChangeTask(
            customer_id=account.customer_id,
            subscription_id=account.subscription_id,
            before=order.before,
            after=order.after,
            terms=terms,
            invoiced=agency.invoiced,
            waiting=tuple(item for one in agency.unsettled if one.taken_by is None for item in one.left),
        ),
    )


def begin(agency: Agency, turn: Turn, operation: Operation, task: BaseModel) -> None:
    """Keep an operation, and have it performed in its turn."""
    agency.keep(operation)
    key = tasks.task_key(operation.kind, operation.id)
    turn.task(operation.kind, task, lane=tasks.MONEY, key=key, id=operation.id)


def settle_quantities(agency: Agency, value: ItemsChanged | ItemsKept | Silent, turn: Turn) -> None:
    """The seats are paid; or nothing changed, and why; or Stripe has been silent for long."""
    operation = agency.under_way(turn.id)
    if operation is None or agency.account is None:
        return
    match value:
        case ItemsChanged():
            _made(agency, operation, value, turn)
        case ItemsKept():
            agency.keep(operation.refused(turn.now, value.code))
            tell_kept(agency, value.seen, turn)
            turn.say(
                QuantitiesRefused(
                    operation_id=operation.id,
                    code=value.code,
                    decline_code=value.decline_code,
                    actual=Seats.of(value.seen.quantities) if value.seen is not None else None,
                    figures=value.figures,
                )
            )
            turn.hurry(tasks.NEWS)
        case Silent():
            tell_silence(agency, operation, value, turn)
        case _:
            assert_never(value)


def tell_kept(agency: Agency, seen: SeenSubscription | None, turn: Turn) -> None:
    """Tell of what was seen instead of a change; a look that was begun before is older, and is taken again."""
    if seen is not None and agency.account is not None:
        agency.keep_account(agency.account.seen_anew())
        tell_seen(agency, seen, turn)


def settle_later(agency: Agency, turn: Turn, at: datetime | None = None) -> None:
    """Have what is unsettled settled then, or when the budget renews."""
    renews = at or auto_add_may_invoice_at(agency.invoiced, turn.now) or turn.now
    turn.task(
        tasks.SETTLE_DUE, SettleDue(), lane=tasks.SETTLE_DUE, key=tasks.SETTLE_DUE, run_at=renews + _CLOCKS_DIFFER
    )


def tell_silence(agency: Agency, operation: Operation, silent: Silent, turn: Turn) -> None:
    """Tell, once, that Stripe does not answer."""
    if not operation.silence_told:
        agency.keep(operation.told_of_silence())
        turn.say(StripeSilent(operation_id=operation.id, since=silent.since))


def _made(agency: Agency, operation: Operation, made: ItemsChanged, turn: Turn) -> None:
    """Whoever hears of the change can read the plan and the invoice already; what others did since is told after it."""
    seen, invoice, account = made.seen, made.invoice, agency.account
    if account is None:
        return
    done = operation.done(turn.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None)
    if invoice is not None:
        take(agency, invoice.id)
    agency.keep(done.leaving(made.left))
    before = operation.before
    if made.found is not None:
        before = made.found
        turn.say(
            SubscriptionChanged(
                whose=ChangedBy.DASHBOARD,
                before=Seats.of(account.purchased),
                after=Seats.of(before),
                cycle=seen.cycle,
                total=seen.total_for(before),
            ),
            actor=STRIPE,
        )
    agency.keep_account(account.holding(operation.after, seen).seen_anew())
    if invoice is not None:
        tell_invoices(agency, [invoice], turn, operation.id)
    is_as_made = seen.quantities == operation.after
    if is_as_made:
        tell_plan(agency, seen, turn)
    turn.say(
        QuantitiesSet(
            operation_id=operation.id,
            before=Seats.of(before),
            after=Seats.of(operation.after),
            charged=invoice.amount_paid if invoice is not None else 0,
            total=seen.total_for(operation.after),
            cycle=seen.cycle,
            invoice=told_invoice(invoice) if invoice is not None else None,
            unsettled=bool(made.left),
        )
    )
    tell_settled(agency, turn)
    if made.left:
        settle_later(agency, turn)
    if not is_as_made:
        tell_seen(agency, seen, turn)
    turn.hurry(tasks.NEWS)
