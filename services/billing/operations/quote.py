"""Quote a change: Stripe's previews of other quantities or another cycle, read together with the state they are for.

A person waits for the reply, so all calls of an attempt are made at once, and the task gives up after seconds. The
previews need the ids of the subscription's items, as we know them; if it has others, the calls are repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, assert_never
from uuid import UUID

import structlog

from chassis.actor import ActorContext, Attempt, Done, Retry
from contracts.billing import QuoteCycle, QuoteSeats
from contracts.billing_quotes import QuoteRejected
from contracts.billing_rejections import BillingUnavailable, PastDue
from contracts.message import Seats
from contracts.payment_vocabulary import Debt
from contracts.rejections import Rejection, of_code
from contracts.seat_rejections import PaymentPending
from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType, StripeFault
from services.billing.catalogue_prices import HeldPrice, PriceCache
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.account import Agency
from services.billing.domain.debt import debt_of, has_a_price, only_adds
from services.billing.domain.item_change import ItemChange, item_changes, missing
from services.billing.domain.outcome_of import Missing, Misused
from services.billing.domain.preview_agrees import preview_agrees, takes_along
from services.billing.domain.quote import LIVES, Quote, superseded
from services.billing.domain.quote_basis import quote_basis_of
from services.billing.domain.snapshots import StripeSubscriptionSnapshot
from services.billing.domain.what_next import fault_of
from services.billing.quote_of_previews import Previews, QuoteMade, price_ids, quote_of_previews, quoted_of
from services.billing.tasks import TaskValue, task_key
from services.billing.unpaid_invoices import owed_and_being_paid
from services.billing.with_retry import log_for_operator

log = structlog.get_logger(__name__)

KIND: Final = "quote"
PATIENCE: Final = 4.0
"""Seconds for one attempt: the HTTP API replies within five."""
_TRIES: Final = 2
_PAUSE: Final = 0.2
"""Seconds between attempts."""
_ROUNDS: Final = 3
"""One for wrong item ids, one for an edit between the calls, and one that succeeds."""


def quote_seats(agency: Agency, command: QuoteSeats, ctx: ActorContext) -> None:
    """Quote other quantities."""
    _start(agency, ctx, command.session, after=command.after)


def quote_cycle(agency: Agency, command: QuoteCycle, ctx: ActorContext) -> None:
    """Quote another cycle with the same quantities."""
    _start(agency, ctx, command.session, cycle=command.cycle)


def _start(
    agency: Agency, ctx: ActorContext, session: str, *, after: Seats | None = None, cycle: BillingCycle | None = None
) -> None:
    """Start the task, and supersede quotes of the same session whose tasks have not started."""
    account = agency.account
    if account is None:
        ctx.reply(QuoteRejected(code=RejectionCode.BILLING_UNAVAILABLE))
        return
    if agency.awaited is not None:
        # The price would be of a state that the awaited payment changes.
        ctx.reply(QuoteRejected(code=RejectionCode.PAYMENT_PENDING))
        return
    if agency.owed and not (after is not None and only_adds(account.purchased, after.quantities())):
        ctx.reply(_past_due(agency))
        return
    for older in superseded(agency.quotes.values(), session):
        agency.drop_quote(older.id)
        ctx.cancel(task_key(KIND, older.id))
        ctx.reply(QuoteRejected(code=RejectionCode.SUPERSEDED), correlation_id=older.id)
    agency.keep_quote(Quote(ctx.id, agency.id, session, ctx.now))
    task = QuoteTask(
        customer_id=account.customer_id,
        subscription_id=account.subscription_id,
        purchased=Seats.of(account.purchased),
        items=account.items,
        after=after,
        cycle=cycle,
        currency=agency.currency,
        owes=bool(agency.owed),
    )
    # A lane per session: a quote waits neither for other sessions' quotes nor for a purchase.
    ctx.task(KIND, task, lane=f"{KIND}:{session}", key=task_key(KIND, ctx.id), id=ctx.id)


def _past_due(agency: Agency) -> QuoteRejected:
    """No price for a change that would credit time that was never paid."""
    return QuoteRejected(code=RejectionCode.PAST_DUE, figures=PastDue.of(debt_of(agency.owed)))


class QuoteTask(TaskValue):
    """The change: other quantities (`after`), or another cycle with the same ones.

    `purchased`, `items`, `currency` and `owes` are what we know of the subscription; Stripe may have others.
    """

    customer_id: str
    subscription_id: str
    purchased: Seats
    items: Mapping[SeatType, str] | None
    after: Seats | None = None
    cycle: BillingCycle | None = None
    currency: str = "usd"
    owes: bool = False

    def target(self, current: Quantities) -> Quantities:
        """The quantities after the change of a subscription that has these."""
        return self.after.quantities() if self.after is not None else current


class NoQuote(TaskValue):
    """There is no quote. `fault`: why Stripe accepts no change. `being_paid`: what the bank is still paying."""

    quote_id: UUID
    code: RejectionCode
    fault: StripeFault | None = None
    being_paid: Debt | None = None

    @property
    def rejection(self) -> Rejection:
        """The rejection with its figures."""
        if self.being_paid is not None:
            return PaymentPending(self.being_paid.amount, self.being_paid.currency)
        return BillingUnavailable(fault=self.fault) if self.fault is not None else of_code(self.code)


@dataclass(frozen=True, slots=True)
class QuoteCalls:
    """The calls to Stripe."""

    stripe: StripeApi
    prices: PriceCache

    async def run(self, attempt: Attempt) -> Done | Retry:
        """Done with `QuoteMade` or `NoQuote`; Retry at most once."""
        try:
            async with asyncio.timeout(PATIENCE):
                result = await self._quote(attempt, attempt.payload)
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Misused | Missing):
                log_for_operator(attempt, failed.outcome)
                return Done(_not_accepted(attempt, fault_of(failed.outcome)))
            reason = type(failed.outcome).__name__
        except TimeoutError:
            # The HTTP call has been answered by now with "it takes longer": another attempt helps nobody.
            return _given_up(attempt, "no_answer")
        else:
            if result is not None:
                return Done(result)
            reason = "edited_meanwhile"
        return Retry(reason, after=_PAUSE) if attempt.tries + 1 < _TRIES else _given_up(attempt, reason)

    async def _quote(self, attempt: Attempt, task: QuoteTask) -> QuoteMade | NoQuote | None:
        """Make the calls until their answers are of one state; None if they never are."""
        switch = await self.prices.of_cycle(task.cycle, task.currency, attempt.now) if task.cycle is not None else {}
        # Without prices that we know, what Stripe has decides: the items may have a pair that the agency keeps.
        changes = _expected_changes(task, switch) if switch is not None else None
        previews: Previews | None = None
        for _ in range(_ROUNDS):
            if changes is None:
                held = await self.stripe.subscription(task.subscription_id)
                expected_prices = await self._prices(attempt, task, held)
                changes = _changes(task, {} if isinstance(expected_prices, NoQuote) else expected_prices, held)
            snapshot, *answers = await asyncio.gather(
                self.stripe.subscription(task.subscription_id),
                self.stripe.pending_of(task.customer_id, task.subscription_id),
                self.stripe.preview(task.subscription_id, changes, "next"),
                self.stripe.preview(task.subscription_id, changes, "recurring"),
                return_exceptions=True,
            )
            if isinstance(snapshot, BaseException):
                raise snapshot
            rejected = _rejection(attempt, task, snapshot)
            if rejected is not None:
                return rejected
            prices = await self._unless_being_paid(attempt, task, snapshot) or await self._prices(
                attempt, task, snapshot
            )
            if isinstance(prices, NoQuote):
                return prices
            expected, changes = changes, _changes(task, prices, snapshot)
            if changes != expected:
                continue
            earlier, previews = previews, Previews.of(snapshot, answers)
            if preview_agrees(previews.today, snapshot, previews.pending) or await self._is_still(earlier, previews):
                after = task.target(snapshot.quantities)
                return quote_of_previews(attempt.id, after, task.cycle, prices, previews)
        return None

    async def _unless_being_paid(
        self, attempt: Attempt, task: QuoteTask, snapshot: StripeSubscriptionSnapshot
    ) -> NoQuote | None:
        """No price for a change that would credit an invoice that the bank is still paying."""
        if task.cycle is None and only_adds(snapshot.quantities, task.target(snapshot.quantities)):
            return None
        listed = await self.stripe.open_invoices_of(snapshot.id)
        _, paying = await owed_and_being_paid(self.stripe, listed, snapshot, attempt.now)
        code = RejectionCode.PAYMENT_PENDING
        return NoQuote(quote_id=attempt.id, code=code, being_paid=debt_of(paying)) if paying else None

    async def _is_still(self, earlier: Previews | None, now: Previews) -> bool:
        """True when the state was the same before, beside and after the previews, so that they are of it."""
        if earlier is None or earlier.basis != now.basis or not takes_along(now.today, now.pending):
            return False
        after = await self.stripe.subscription(now.snapshot.id)
        return quote_basis_of(after, now.pending) == now.basis

    async def _prices(
        self, attempt: Attempt, task: QuoteTask, snapshot: StripeSubscriptionSnapshot
    ) -> Mapping[SeatType, HeldPrice] | NoQuote:
        """The prices of the change: those of a switch, and those of items to add, because somebody has removed them."""
        if snapshot.is_over:
            return {}
        switch: Mapping[SeatType, HeldPrice] = {}
        if task.cycle is not None:
            match await self.prices.after_switch(snapshot.items, task.cycle, snapshot.currency, attempt.now):
                case RejectionCode.CUSTOM_PRICE:
                    return NoQuote(quote_id=attempt.id, code=RejectionCode.CUSTOM_PRICE)
                case None:
                    return _not_accepted(attempt, StripeFault.CATALOGUE)
                case switch:
                    pass
        added = missing(snapshot.item_ids, task.target(snapshot.quantities))
        if not added:
            return switch
        prices = await self.prices.of_cycle(task.cycle or snapshot.cycle, snapshot.currency, attempt.now)
        if prices is None:
            return _not_accepted(attempt, StripeFault.CATALOGUE)
        return {**{seat_type: prices[seat_type] for seat_type in added}, **switch}


def _not_accepted(attempt: Attempt, fault: StripeFault) -> NoQuote:
    if fault is StripeFault.CATALOGUE:
        log.error("billing.catalogue_missing", operation_id=str(attempt.id))
    return NoQuote(quote_id=attempt.id, code=RejectionCode.BILLING_UNAVAILABLE, fault=fault)


def _given_up(attempt: Attempt, reason: str) -> Done:
    log.warning("billing.quote_given_up", task_id=str(attempt.id), reason=reason)
    return Done(NoQuote(quote_id=attempt.id, code=RejectionCode.BILLING_UNAVAILABLE))


def _expected_changes(task: QuoteTask, prices: Mapping[SeatType, HeldPrice]) -> tuple[ItemChange, ...] | None:
    """The item changes by what we know; None when we do not know both items."""
    if task.items is None or task.items.keys() != set(SeatType):
        return None
    return item_changes(task.items, task.target(task.purchased.quantities()), price_ids(prices))


def _changes(
    task: QuoteTask, prices: Mapping[SeatType, HeldPrice], snapshot: StripeSubscriptionSnapshot
) -> tuple[ItemChange, ...]:
    """The item changes by what Stripe has."""
    after = task.target(snapshot.quantities)
    return () if snapshot.is_over else item_changes(snapshot.item_ids, after, price_ids(prices))


def _rejection(attempt: Attempt, task: QuoteTask, snapshot: StripeSubscriptionSnapshot) -> NoQuote | None:
    """Why this subscription cannot be changed so; None if it can."""
    if snapshot.is_over:
        return NoQuote(quote_id=attempt.id, code=RejectionCode.BILLING_UNAVAILABLE)
    after = task.target(snapshot.quantities)
    if not has_a_price(snapshot, after, owes=task.owes, is_switch=task.cycle is not None):
        is_paused = snapshot.is_paused and not task.owes
        past_due = NoQuote(quote_id=attempt.id, code=RejectionCode.PAST_DUE)
        return _not_accepted(attempt, StripeFault.PAUSED) if is_paused else past_due
    if snapshot.is_scheduled:
        return _not_accepted(attempt, StripeFault.SCHEDULE)
    is_same = after == snapshot.quantities and task.cycle in {None, snapshot.cycle}
    return NoQuote(quote_id=attempt.id, code=RejectionCode.NOTHING_TO_CHANGE) if is_same else None


def on_result(agency: Agency, result: QuoteMade | NoQuote, ctx: ActorContext) -> None:
    """Reply with Quoted or QuoteRejected; ignore the result of a superseded quote."""
    quote = agency.quotes.get(result.quote_id)
    if quote is None:
        return
    match result:
        case QuoteMade():
            expires_at = ctx.now + LIVES
            agency.keep_quote(quote.answered(result.terms, expires_at))
            ctx.reply(quoted_of(result, expires_at))
        case NoQuote():
            agency.drop_quote(quote.id)
            is_owed = result.code is RejectionCode.PAST_DUE
            ctx.reply(_past_due(agency) if is_owed else QuoteRejected(code=result.code, figures=result.rejection))
        case _:
            assert_never(result)
