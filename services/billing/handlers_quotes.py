"""Quotes: asked for, superseded by a newer one of the same session, answered."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from chassis.actor import Turn
from contracts.billing import QuoteCycle, Quoted, QuoteRefused, QuoteSeats
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, Refusal
from services.billing import tasks
from services.billing.domain.account import Agency
from services.billing.domain.quote import LIVES, Quote, superseded
from services.billing.tasks import NoQuote, QuoteMade, QuoteTask
from services.billing.told import told_tier


def quote_seats(agency: Agency, order: QuoteSeats, turn: Turn) -> None:
    """What other quantities would cost."""
    _ask(agency, turn, order.session, after=order.after)


def quote_cycle(agency: Agency, order: QuoteCycle, turn: Turn) -> None:
    """What another cycle would cost."""
    _ask(agency, turn, order.session, cycle=order.cycle)


def _ask(
    agency: Agency, turn: Turn, session: str, *, after: Seats | None = None, cycle: BillingCycle | None = None
) -> None:
    account = agency.account
    if account is None:
        turn.say(QuoteRefused(code=Refusal.BILLING_UNAVAILABLE))
        return
    for older in superseded(agency.quotes.values(), session):
        agency.drop_quote(older.id)
        turn.cancel(tasks.task_key(tasks.QUOTE, older.id))
        turn.say(QuoteRefused(code=Refusal.SUPERSEDED), correlation_id=older.id)
    agency.keep_quote(Quote(turn.id, agency.id, session, turn.now))
    task = QuoteTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        purchased=Seats.of(account.purchased),
        items=account.items,
        after=after,
        cycle=cycle,
    )
    key = tasks.task_key(tasks.QUOTE, turn.id)
    turn.task(tasks.QUOTE, task, lane=tasks.quote_lane(session), key=key, id=turn.id)


def settle_quote(agency: Agency, value: QuoteMade | NoQuote, turn: Turn) -> None:
    """Stripe has named its price, or there is none."""
    quote = agency.quotes.get(value.quote_id)
    if quote is None:
        return
    match value:
        case QuoteMade():
            expires_at = turn.now + LIVES
            agency.keep_quote(quote.answered(value.terms, expires_at))
            turn.say(_quoted(value, expires_at))
        case NoQuote():
            agency.drop_quote(quote.id)
            turn.say(QuoteRefused(code=value.code))
        case _:
            assert_never(value)


def _quoted(made: QuoteMade, expires_at: datetime) -> Quoted:
    terms, due = made.terms, made.due
    return Quoted(
        quote_id=made.quote_id,
        before=Seats.of(made.before),
        after=Seats.of(terms.after),
        cycle_before=terms.cycle_before,
        cycle=terms.cycle,
        due_now=due.due_now,
        credit=due.credit,
        from_balance=due.from_balance,
        total_before=terms.total_before,
        total=terms.total,
        lines=made.lines,
        tiers=tuple(told_tier(seat_type, terms.after.of(seat_type), tier) for seat_type, tier in made.tiers.items()),
        expires_at=expires_at,
        pending=made.pending,
        may_differ=terms.may_differ,
    )
