"""Make a quote of Stripe's previews of the change and of the state that they are for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts.billing_quotes import Quoted, QuoteLine
from contracts.message import Seats
from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.catalogue_prices import HeldPrice
from services.billing.contract_mapping import few_lines, to_pending_line, to_quote_lines, to_tier
from services.billing.domain.due_today import DueToday, due_today, invoiced_today
from services.billing.domain.may_differ import hidden_may_differ, may_differ
from services.billing.domain.preview_agrees import billed_ids, own_lines
from services.billing.domain.price_tier import PriceTier, price_tier
from services.billing.domain.quote import Terms
from services.billing.domain.quote_basis import QuoteBasis, quote_basis_of
from services.billing.domain.saves_a_tenth import saves_a_tenth
from services.billing.domain.scheduled_end import end_after_switch, end_of
from services.billing.domain.snapshots import PendingProration, Preview, StripeSubscriptionSnapshot
from services.billing.tasks import TaskValue


class QuoteMade(TaskValue):
    """Stripe's price, in cents. `lines` are the change's own, `pending` those of prorations that it takes along."""

    quote_id: UUID
    before: Quantities
    terms: Terms
    due: DueToday
    tiers: Mapping[SeatType, PriceTier]
    lines: tuple[QuoteLine, ...]
    pending: tuple[QuoteLine, ...]


@dataclass(frozen=True, slots=True)
class Previews:
    """The state, the pending prorations, today's invoice, and the invoice of every later cycle."""

    snapshot: StripeSubscriptionSnapshot
    pending: tuple[PendingProration, ...]
    today: Preview
    recurring: Preview

    @property
    def basis(self) -> QuoteBasis:
        """The state."""
        return quote_basis_of(self.snapshot, self.pending)

    @staticmethod
    def of(snapshot: StripeSubscriptionSnapshot, answers: Sequence[object]) -> Previews:
        """Put the answers together; raise the first failure among them."""
        match answers:
            case [tuple() as pending, Preview() as today, Preview() as recurring]:
                return Previews(snapshot, pending, today, recurring)
            case _:
                raise next(answer for answer in answers if isinstance(answer, BaseException))


def price_ids(prices: Mapping[SeatType, HeldPrice]) -> dict[SeatType, str]:
    """The prices as Stripe knows them."""
    return {seat_type: price.id for seat_type, price in prices.items()}


def quote_of_previews(
    quote_id: UUID,
    after: Quantities,
    new_cycle: BillingCycle | None,
    prices: Mapping[SeatType, HeldPrice],
    previews: Previews,
) -> QuoteMade:
    """The quote of a change to `after`, or to another cycle. `prices` are those that the change brings along."""
    snapshot = previews.snapshot
    today = invoiced_today(previews.today, snapshot.status, switches=new_cycle is not None)
    cycle = new_cycle or snapshot.cycle
    tiers = {
        **{kind: item.tier_at(after.of(kind), cycle) for kind, item in snapshot.items.items()},
        **{kind: price_tier(price.tiers, after.of(kind), cycle) for kind, price in prices.items()},
    }
    terms = Terms(
        after=after,
        cycle_before=snapshot.cycle,
        cycle=cycle,
        total_before=snapshot.total_for(snapshot.quantities),
        total=previews.recurring.total,
        invoice_total=today.total,
        basis=quote_basis_of(snapshot, previews.pending),
        # Stripe accepts none for a change that begins a new period.
        proration_date=None if new_cycle is not None else today.proration_date,
        may_differ=0 if new_cycle is None else _may_differ(previews),
        prices=price_ids(prices),
        other_total=replace(snapshot, cycle=cycle).other_total,
        on_account=snapshot.is_on_account,
        saves_tenth=_saves_tenth(snapshot, prices, cycle),
        ends_at=end_of(snapshot) if new_cycle is None else end_after_switch(snapshot, today.lines),
        currency=snapshot.currency,
    )
    taken = _taken(previews) if today is previews.today else ()
    return QuoteMade(
        quote_id=quote_id,
        before=snapshot.quantities,
        terms=terms,
        due=due_today(today.total, today.amount_due),
        tiers=tiers,
        lines=to_quote_lines(today, snapshot, taken),
        pending=few_lines([to_pending_line(proration, snapshot) for proration in taken]),
    )


def _taken(previews: Previews) -> tuple[PendingProration, ...]:
    """The pending items that the change takes along; a charge by hand only where the preview shows it."""
    billed = billed_ids(previews.today)
    return tuple(waiting for waiting in previews.pending if waiting.item is not None or waiting.id in billed)


def _may_differ(previews: Previews) -> int:
    shown = may_differ(own_lines(previews.today, previews.pending))
    return shown if previews.today.is_whole else shown + hidden_may_differ(previews.snapshot)


def _saves_tenth(
    snapshot: StripeSubscriptionSnapshot, prices: Mapping[SeatType, HeldPrice], cycle: BillingCycle
) -> bool:
    """Whether the prices of a switch are ten percent apart."""
    pairs = []
    for seat_type, item in snapshot.items.items():
        now, then = item.tiers, prices[seat_type].tiers if seat_type in prices else ()
        if item.is_graduated or item.package is not None or not then or cycle is snapshot.cycle:
            return False
        pairs.append((now, then, item.quantity) if cycle is BillingCycle.ANNUAL else (then, now, item.quantity))
    return saves_a_tenth(pairs)


def quoted_of(made: QuoteMade, expires_at: datetime) -> Quoted:
    """The reply that shows a quote to the person who requested it."""
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
        other_total=terms.other_total,
        on_account=terms.on_account,
        saves_tenth=terms.saves_tenth,
        ends_at=terms.ends_at,
        currency=terms.currency,
    )
