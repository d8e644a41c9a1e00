"""What is told whenever the subscription or an invoice was seen, by whatever we did there: only what is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import Turn
from contracts.billing import PaymentFailed, PaymentRecovered, Settled, SubscriptionChanged, SubscriptionEnded
from contracts.message import Seats
from contracts.vocabulary import STRIPE
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.hint import operation_of
from services.billing.domain.invoice_news import invoice_news
from services.billing.domain.operation import OperationKind
from services.billing.domain.plan import plan_of
from services.billing.domain.seen import SeenInvoice, SeenSubscription
from services.billing.domain.settlement import settlements, taken_by
from services.billing.domain.subscription_news import Changed, Ended, Same, subscription_news
from services.billing.told import told_invoice, told_invoice_change, told_plan


def tell_invoices(
    agency: Agency,
    seen: Iterable[SeenInvoice],
    turn: Turn,
    cause: UUID | None = None,
    decline_code: str | None = None,
) -> None:
    """Tell of invoices that stand otherwise than before; `cause` is our operation that made them, if one did."""
    news = invoice_news(agency.invoices, seen, cause)
    for one in news.changed:
        agency.keep_invoice(one)
        turn.say(told_invoice_change(one), actor=None if cause is not None else STRIPE)
    for one in news.failed:
        failed = PaymentFailed(invoice=told_invoice(one), decline_code=decline_code, settling=one.settles)
        turn.say(failed, actor=STRIPE)
    if news.recovered is not None:
        whose = None if cause is None else agency.operations.get(cause)
        retried = whose is not None and whose.kind is OperationKind.PAY_OWED
        recovered = PaymentRecovered(invoice=told_invoice(news.recovered), retried=retried)
        turn.say(recovered, actor=None if cause is not None else STRIPE)


def take(agency: Agency, invoice_id: str, pending: Collection[str] = ()) -> None:
    """This invoice has what earlier changes left for one, except what is still pending."""
    for one in taken_by(invoice_id, agency.unsettled, pending):
        agency.keep(one)


def tell_settled(agency: Agency, turn: Turn) -> None:
    """Tell of what was left unsettled and whose invoice is over now."""
    for one in settlements(agency.unsettled, agency.invoices.values()):
        for operation in one.operations:
            agency.keep(operation)
        turn.say(
            Settled(
                operation_ids=tuple(operation.id for operation in one.operations),
                seats=Seats.of(one.seats),
                charged=one.charged,
                invoice=told_invoice(one.invoice),
            )
        )


def tell_seen(agency: Agency, seen: SeenSubscription, turn: Turn) -> None:
    """Tell of quantities that are others than we knew, of the subscription's end, and of the plan."""
    account = agency.account
    if account is None:
        return
    noted = operation_of(seen.operation)
    known = agency.operations.get(noted) if noted is not None else None
    match subscription_news(account.purchased, account.ended, seen, known):
        case Same():
            agency.keep_account(account.holding(account.purchased, seen))
        case Changed(before, after, whose):
            agency.keep_account(replace(account.holding(after, seen), ended=None))
            changed = SubscriptionChanged(
                whose=whose,
                before=Seats.of(before),
                after=Seats.of(after),
                cycle=seen.cycle,
                total=seen.total_for(after),
            )
            turn.say(changed, actor=STRIPE)
        case Ended(reason, whose):
            agency.keep_account(replace(account, ended=reason))
            turn.cancel(tasks.SETTLE_DUE)
            turn.say(SubscriptionEnded(reason=reason, whose=whose), actor=STRIPE)
        case never:
            assert_never(never)
    tell_plan(agency, seen, turn)


def tell_plan(agency: Agency, seen: SeenSubscription, turn: Turn) -> None:
    """Tell what the agency pays, where that is not what was last told."""
    account = agency.account
    if account is None or not seen.items:
        return
    plan = plan_of(seen, agency.invoiced, turn.now, owes=agency.owes)
    if plan != account.plan:
        agency.keep_account(replace(account, plan=plan))
        turn.say(told_plan(plan))
