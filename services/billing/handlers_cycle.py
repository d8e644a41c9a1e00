"""Another cycle: ordered at a quote's price, made or refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_never

from chassis.actor import Turn
from contracts.billing import BillingOrderRefused, CycleSwitched, SwitchCycle
from contracts.message import Figures, Seats
from contracts.vocabulary import Refusal
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.operation import Operation, OperationKind
from services.billing.domain.quote import Terms, executable
from services.billing.handlers_quantities import begin, tell_kept, tell_silence
from services.billing.tasks import ChangeTask, ItemsChanged, ItemsKept, Silent
from services.billing.telling import take, tell_invoices, tell_plan, tell_seen, tell_settled
from services.billing.told import told_invoice


def switch_cycle(agency: Agency, order: SwitchCycle, turn: Turn) -> None:
    """Pay monthly or annually from now on; under a signed BAA, and not while another change of ours is under way."""
    if not agency.baa_signed:
        turn.refuse(Refusal.BAA_UNSIGNED)
        return
    account = agency.account
    if account is None:
        turn.refuse(Refusal.BILLING_UNAVAILABLE)
        return
    if agency.is_busy:
        turn.refuse(Refusal.PURCHASE_UNDER_WAY)
        return
    if account.cycle is order.cycle:
        turn.refuse(Refusal.NOTHING_TO_CHANGE)
        return
    match executable(agency.quotes.get(order.quote_id), None, order.cycle, turn.now):
        case Refusal() as code:
            turn.refuse(code)
        case Terms() as terms:
            begin(
                agency,
                turn,
                Operation(
                    id=turn.id,
                    agency_id=agency.id,
                    kind=OperationKind.SWITCH_CYCLE,
                    before=terms.after,
                    after=terms.after,
                    began_at=turn.now,
                ),
                ChangeTask(
                    customer_id=account.customer_id,
                    subscription_id=account.subscription_id,
                    before=Seats.of(terms.after),
                    after=Seats.of(terms.after),
                    terms=terms,
                    waiting=tuple(one for one, _ in terms.standing.pending),
                ),
            )
        case never:
            assert_never(never)


def settle_cycle(agency: Agency, value: ItemsChanged | ItemsKept | Silent, turn: Turn) -> None:
    """The agency pays by the other cycle; or nothing changed, and why; or Stripe has been silent for long."""
    operation = agency.under_way(turn.id)
    if operation is None or agency.account is None:
        return
    match value:
        case ItemsChanged():
            _switched(agency, operation, value, turn)
        case ItemsKept():
            agency.keep(operation.refused(turn.now, value.code))
            tell_kept(agency, value.seen, turn)
            figures: Figures = dict(value.figures)
            if value.decline_code is not None:
                figures["decline_code"] = value.decline_code
            turn.say(
                BillingOrderRefused(
                    order_id=str(operation.id), order_type=SwitchCycle.type, code=value.code, figures=figures
                )
            )
            turn.hurry(tasks.NEWS)
        case Silent():
            tell_silence(agency, operation, value, turn)
        case _:
            assert_never(value)


def _switched(agency: Agency, operation: Operation, made: ItemsChanged, turn: Turn) -> None:
    """Whoever hears of the switch can read the plan and the invoice already; what others did since is told after it."""
    seen, invoice, account, terms = made.seen, made.invoice, agency.account, made.terms
    if account is None or terms is None:
        return
    agency.keep(operation.done(turn.now, invoice.amount_paid if invoice else 0, invoice.id if invoice else None))
    if invoice is not None:
        take(agency, invoice.id)
    agency.keep_account(account.holding(account.purchased, seen).seen_anew())
    if invoice is not None:
        tell_invoices(agency, [invoice], turn, operation.id)
    is_as_made = seen.quantities == terms.after and seen.cycle is terms.cycle
    if is_as_made:
        tell_plan(agency, seen, turn)
    turn.say(
        CycleSwitched(
            operation_id=operation.id,
            before=terms.cycle_before,
            cycle=terms.cycle,
            charged=invoice.amount_paid if invoice is not None else 0,
            total_before=terms.total_before,
            total=terms.total,
            renews_at=datetime.fromtimestamp(min(item.period_end for item in seen.items.values()), UTC),
            invoice=told_invoice(invoice) if invoice is not None else None,
        )
    )
    tell_settled(agency, turn)
    if not is_as_made:
        tell_seen(agency, seen, turn)
    turn.hurry(tasks.NEWS)
