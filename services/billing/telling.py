"""What is told whenever the subscription or an invoice was seen, by whatever we did there: only what is new."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import assert_never
from uuid import UUID

from chassis.actor import Turn
from contracts.billing import PaymentFailed, PaymentRecovered, SubscriptionChanged, SubscriptionEnded
from contracts.message import Seats
from contracts.vocabulary import STRIPE
from services.billing.domain.account import Agency
from services.billing.domain.hint import operation_of
from services.billing.domain.invoice_news import invoice_news
from services.billing.domain.plan import plan_of
from services.billing.domain.seen import SeenInvoice, SeenSubscription
from services.billing.domain.subscription_news import Changed, Ended, Same, subscription_news
from services.billing.told import told_invoice, told_invoice_change, told_plan


def tell_invoices(agency: Agency, seen: Iterable[SeenInvoice], turn: Turn, cause: UUID | None = None) -> None:
    """Tell of invoices that stand otherwise than before; `cause` is our operation that made them, if one did."""
    news = invoice_news(agency.invoices, seen, cause)
    for one in news.changed:
        agency.keep_invoice(one)
        turn.say(told_invoice_change(one), actor=None if cause is not None else STRIPE)
    for one in news.failed:
        turn.say(PaymentFailed(invoice=told_invoice(one), settling=one.settles), actor=STRIPE)
    if news.recovered is not None:
        turn.say(PaymentRecovered(invoice=told_invoice(news.recovered)), actor=STRIPE)


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
            agency.keep_account(account.holding(after, seen))
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
