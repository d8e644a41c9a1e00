"""A quote: Stripe's preview of a change, in both modes, asked for beside the state that it is for.

A person waits, so all is asked at once and given up soon. Which items the subscription has is guessed from what we know
of it; a wrong guess is seen in what was read, and costs a second round.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from chassis.actor import Attempt, Done, Retry
from contracts.billing import QuoteLine
from contracts.vocabulary import BillingCycle, Quantities, RejectionCode, SeatType
from services.billing.catalogue import Catalogue, HeldPrice
from services.billing.clients.stripe import StripeApi, StripeFailedError
from services.billing.domain.due_today import due_today
from services.billing.domain.item_change import ItemChange, item_changes
from services.billing.domain.may_differ import may_differ
from services.billing.domain.outcome_of import Misused
from services.billing.domain.preview_agrees import own_lines, preview_agrees
from services.billing.domain.price_tier import price_tier
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import quote_basis_of
from services.billing.domain.snapshots import Pending, Preview, StripeSubscriptionSnapshot
from services.billing.performers.with_retry import log_for_operator
from services.billing.tasks import NoQuote, QuoteMade, QuoteTask

log = structlog.get_logger(__name__)

PATIENCE: Final = 4.0
"""Seconds for one try: whoever asked over HTTP is answered within five."""
_TRIES: Final = 2
_PAUSE: Final = 0.2
_ROUNDS: Final = 3
"""A wrong guess, an edit between the answers, and a round that must be right."""
_PRICES_KEPT: Final = timedelta(minutes=10)
"""For how long the catalogue's prices at Stripe are remembered: a lookup key hardly ever moves."""


@dataclass(slots=True)
class QuotePerformer:
    """Asks Stripe what a change would cost."""

    stripe: StripeApi
    catalogue: Catalogue
    _prices: dict[BillingCycle, tuple[datetime, Mapping[SeatType, HeldPrice]]] = field(default_factory=dict, init=False)

    async def __call__(self, attempt: Attempt) -> Done | Retry:
        """Done with `QuoteMade` or `NoQuote`; Again at most once."""
        try:
            async with asyncio.timeout(PATIENCE):
                value = await self._quote(attempt, attempt.payload)
        except StripeFailedError as failed:
            if isinstance(failed.outcome, Misused):
                log_for_operator(attempt, failed.outcome)
                return Done(NoQuote(quote_id=attempt.id, code=RejectionCode.BILLING_UNAVAILABLE))
            reason = type(failed.outcome).__name__
        except TimeoutError:
            # Whoever waits has been told by now that it takes longer; another four seconds help nobody.
            return _given_up(attempt, "no_answer")
        else:
            if value is not None:
                return Done(value)
            reason = "edited_meanwhile"
        return Retry(reason, after=_PAUSE) if attempt.tries + 1 < _TRIES else _given_up(attempt, reason)

    async def _quote(self, attempt: Attempt, task: QuoteTask) -> QuoteMade | NoQuote | None:
        prices = await self._prices_of(task.cycle, attempt.now) if task.cycle is not None else None
        if task.cycle is not None and prices is None:
            log.error("billing.catalogue_missing", operation_id=str(attempt.id))
            return NoQuote(quote_id=attempt.id, code=RejectionCode.BILLING_UNAVAILABLE)
        changes = _guess(task, prices)
        for _ in range(_ROUNDS):
            if changes is None:
                changes = _changes(task, prices, await self.stripe.subscription(task.subscription_id))
            snapshot, *answers = await asyncio.gather(
                self.stripe.subscription(task.subscription_id),
                self.stripe.pending_of(task.customer_id, task.subscription_id),
                self.stripe.preview(task.subscription_id, changes, "next"),
                self.stripe.preview(task.subscription_id, changes, "recurring"),
                return_exceptions=True,
            )
            if isinstance(snapshot, BaseException):
                raise snapshot
            refused = _refused(task, snapshot)
            if refused is not None:
                return NoQuote(quote_id=attempt.id, code=refused)
            guessed, changes = changes, _changes(task, prices, snapshot)
            if changes != guessed:
                continue
            asked = _Asked.of(snapshot, answers)
            if preview_agrees(asked.now, snapshot, asked.pending):
                return _made(attempt, task, prices, asked)
        return None

    async def _prices_of(self, cycle: BillingCycle, now: datetime) -> Mapping[SeatType, HeldPrice] | None:
        kept = self._prices.get(cycle)
        if kept is not None and now - kept[0] < _PRICES_KEPT:
            return kept[1]
        wanted = {seat_type: self.catalogue.offer(seat_type).lookup_key(cycle) for seat_type in SeatType}
        held = await self.stripe.prices(list(wanted.values()))
        if any(key not in held for key in wanted.values()):
            return None
        prices = {seat_type: held[key] for seat_type, key in wanted.items()}
        self._prices[cycle] = (now, prices)
        return prices


@dataclass(frozen=True, slots=True)
class _Asked:
    """What Stripe answered at once: the state, what waits, today's invoice and that of every cycle from then on."""

    snapshot: StripeSubscriptionSnapshot
    pending: tuple[Pending, ...]
    now: Preview
    later: Preview

    @staticmethod
    def of(snapshot: StripeSubscriptionSnapshot, answers: Sequence[object]) -> _Asked:
        """The answers put together; raises the first failure among them."""
        match answers:
            case [tuple() as pending, Preview() as now, Preview() as later]:
                return _Asked(snapshot, pending, now, later)
            case _:
                raise next(one for one in answers if isinstance(one, BaseException))


def _given_up(attempt: Attempt, reason: str) -> Done:
    log.warning("billing.quote_given_up", task_id=str(attempt.id), reason=reason)
    return Done(NoQuote(quote_id=attempt.id, code=RejectionCode.BILLING_UNAVAILABLE))


def _guess(task: QuoteTask, prices: Mapping[SeatType, HeldPrice] | None) -> tuple[ItemChange, ...] | None:
    if task.items is None or task.items.keys() != set(SeatType):
        return None
    return item_changes(task.items, _wanted(task, task.purchased.quantities()), _ids(prices))


def _changes(
    task: QuoteTask, prices: Mapping[SeatType, HeldPrice] | None, snapshot: StripeSubscriptionSnapshot
) -> tuple[ItemChange, ...]:
    if not snapshot.is_usable:
        return ()
    return item_changes(snapshot.item_ids, _wanted(task, snapshot.quantities), _ids(prices))


def _wanted(task: QuoteTask, held: Quantities) -> Quantities:
    return task.after.quantities() if task.after is not None else held


def _ids(prices: Mapping[SeatType, HeldPrice] | None) -> dict[SeatType, str] | None:
    return {seat_type: price.id for seat_type, price in prices.items()} if prices is not None else None


def _refused(task: QuoteTask, snapshot: StripeSubscriptionSnapshot) -> RejectionCode | None:
    if not snapshot.is_usable:
        return RejectionCode.BILLING_UNAVAILABLE
    is_same = _wanted(task, snapshot.quantities) == snapshot.quantities and task.cycle in {None, snapshot.cycle}
    return RejectionCode.NOTHING_TO_CHANGE if is_same else None


def _made(attempt: Attempt, task: QuoteTask, prices: Mapping[SeatType, HeldPrice] | None, asked: _Asked) -> QuoteMade:
    snapshot, cycle = asked.snapshot, task.cycle or asked.snapshot.cycle
    after = _wanted(task, snapshot.quantities)
    tiers = {seat_type: item.tiers for seat_type, item in snapshot.items.items()}
    if prices is not None:
        tiers = {seat_type: price.tiers for seat_type, price in prices.items()}
    terms = Terms(
        after=after,
        cycle_before=snapshot.cycle,
        cycle=cycle,
        total_before=snapshot.total_for(snapshot.quantities),
        total=asked.later.total,
        invoice_total=asked.now.total,
        basis=quote_basis_of(snapshot, asked.pending),
        # Stripe takes none where the change begins a new period.
        proration_date=None if prices is not None else asked.now.proration_date,
        may_differ=0 if prices is None else may_differ(snapshot),
        prices=_ids(prices),
    )
    return QuoteMade(
        quote_id=attempt.id,
        before=snapshot.quantities,
        terms=terms,
        due=due_today(asked.now.total, asked.now.amount_due),
        tiers={seat_type: price_tier(tiers[seat_type], count, cycle) for seat_type, count in after},
        lines=_lines(asked),
        pending=tuple(
            QuoteLine(
                description=one.description,
                amount=one.amount,
                seat_type=_seat_type(snapshot, one.item),
                proration=True,
                quantity=one.quantity,
            )
            for one in asked.pending
        ),
    )


def _lines(asked: _Asked) -> tuple[QuoteLine, ...]:
    """The change's own lines; those beyond Stripe's first ten are one, so that all lines come to the total."""
    lines = [
        QuoteLine(
            description=line.description,
            amount=line.amount,
            seat_type=_seat_type(asked.snapshot, line.item),
            proration=line.is_proration,
            quantity=line.quantity,
        )
        for line in own_lines(asked.now, asked.pending)
    ]
    rest = asked.now.total - sum(line.amount for line in lines) - sum(one.amount for one in asked.pending)
    if rest:
        lines.append(QuoteLine(description="Further lines of this change", amount=rest))
    return tuple(lines)


def _seat_type(snapshot: StripeSubscriptionSnapshot, item_id: str | None) -> SeatType | None:
    return next((seat_type for seat_type, item in snapshot.items.items() if item.id == item_id), None)
