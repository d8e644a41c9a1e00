"""Quotes: asked for, superseded by a newer one of the same session, answered."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from chassis.actor import ActorContext
from contracts.billing import QuoteCycle, Quoted, QuoteRejected, QuoteSeats
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, RejectionCode
from services.billing import tasks
from services.billing.contract_mapping import to_tier
from services.billing.domain.account import Agency
from services.billing.domain.quote import LIVES, Quote, superseded
from services.billing.tasks import NoQuote, QuoteMade, QuoteTask


def quote_seats(agency: Agency, command: QuoteSeats, ctx: ActorContext) -> None:
    """What other quantities would cost."""
    _ask(agency, ctx, command.session, after=command.after)


def quote_cycle(agency: Agency, command: QuoteCycle, ctx: ActorContext) -> None:
    """What another cycle would cost."""
    _ask(agency, ctx, command.session, cycle=command.cycle)


def _ask(
    agency: Agency, ctx: ActorContext, session: str, *, after: Seats | None = None, cycle: BillingCycle | None = None
) -> None:
    account = agency.account
    if account is None:
        ctx.reply(QuoteRejected(code=RejectionCode.BILLING_UNAVAILABLE))
        return
    for older in superseded(agency.quotes.values(), session):
        agency.drop_quote(older.id)
        ctx.cancel(tasks.task_key(tasks.QUOTE, older.id))
        ctx.reply(QuoteRejected(code=RejectionCode.SUPERSEDED), correlation_id=older.id)
    agency.keep_quote(Quote(ctx.id, agency.id, session, ctx.now))
    task = QuoteTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        purchased=Seats.of(account.purchased),
        items=account.items,
        after=after,
        cycle=cycle,
    )
    key = tasks.task_key(tasks.QUOTE, ctx.id)
    ctx.task(tasks.QUOTE, task, lane=tasks.quote_lane(session), key=key, id=ctx.id)


def settle_quote(agency: Agency, value: QuoteMade | NoQuote, ctx: ActorContext) -> None:
    """Stripe has named its price, or there is none."""
    quote = agency.quotes.get(value.quote_id)
    if quote is None:
        return
    match value:
        case QuoteMade():
            expires_at = ctx.now + LIVES
            agency.keep_quote(quote.answered(value.terms, expires_at))
            ctx.reply(_quoted(value, expires_at))
        case NoQuote():
            agency.drop_quote(quote.id)
            ctx.reply(QuoteRejected(code=value.code))
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
        tiers=tuple(to_tier(seat_type, terms.after.of(seat_type), tier) for seat_type, tier in made.tiers.items()),
        expires_at=expires_at,
        pending=made.pending,
        may_differ=terms.may_differ,
    )
