"""From what billing and seats have said of a change to what goes over HTTP."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.billing import CycleSwitched, Quoted, QuoteLine, TierOfType
from contracts.message import Invoice, Seats
from contracts.seats import PaymentRetried, SeatsAdjusted
from contracts.vocabulary import SeatType
from services.gateway.api import answers
from services.gateway.api.wire import Money
from services.gateway.api.wire_money import (
    AdjustedOut,
    CycleOut,
    PaidInvoice,
    QuoteLineOut,
    QuoteOut,
    RetriedOut,
    SeatPair,
)
from services.gateway.api.wire_reading import Price, Prices
from services.gateway.desk import Operation
from services.gateway.domain import preview_words
from services.gateway.store_reading import SeatsView


def quote(operation: Operation) -> QuoteOut:
    """The preview, with its sentence."""
    said = Quoted.model_validate(operation.result)
    preview = preview_words.Preview(
        before=said.before.quantities(),
        after=said.after.quantities(),
        cycle_before=said.cycle_before,
        cycle=said.cycle,
        total_before=said.total_before,
        total=said.total,
        due_now=said.due_now,
        credit=said.credit,
        from_balance=said.from_balance,
        pending=sum(line.amount for line in said.pending),
        may_differ=said.may_differ,
        prices=tuple(
            preview_words.Price(tier.seat_type, tier.unit_amount, tier.next_from, tier.next_unit_amount)
            for tier in said.tiers
        ),
    )
    return QuoteOut(
        id=said.quote_id,
        change=preview_words.change(preview),
        sentence=preview_words.sentence(preview),
        before=_pair(said.before),
        after=_pair(said.after),
        cycle_before=said.cycle_before,
        cycle=said.cycle,
        due_now=Money(amount=said.due_now),
        credit=Money(amount=said.credit),
        from_balance=Money(amount=said.from_balance),
        total_before=Money(amount=said.total_before),
        new_total=Money(amount=said.total),
        delta=Money(amount=preview_words.delta(preview)),
        lines=[_line(one) for one in said.lines],
        pending_lines=[_line(one) for one in said.pending],
        tier=_tiers(said.tiers),
        expires_at=said.expires_at,
        may_differ=Money(amount=said.may_differ),
    )


def adjusted(operation: Operation, seats: SeatsView) -> AdjustedOut:
    """The seats after a change, and what it cost."""
    said = SeatsAdjusted.model_validate(operation.result)
    return AdjustedOut(
        seats=answers.seats(seats),
        before=_pair(said.before),
        after=_pair(said.after),
        charged=Money(amount=said.charged),
        new_total=Money(amount=said.new_total),
        cycle=said.cycle,
        invoice=_invoice(said.invoice),
    )


def switched(operation: Operation) -> CycleOut:
    """The cycle after a switch, and what it cost."""
    said = CycleSwitched.model_validate(operation.result)
    return CycleOut(
        cycle=said.cycle,
        charged=Money(amount=said.charged),
        new_total=Money(amount=said.total),
        renews_at=said.renews_at,
        invoice=_invoice(said.invoice),
    )


def retried(operation: Operation, seats: SeatsView) -> RetriedOut:
    """The seats after the pause, and for whom they are bought."""
    said = PaymentRetried.model_validate(operation.result)
    return RetriedOut(seats=answers.seats(seats), joined=[waiter.member_id for waiter in said.joined])


def _pair(seats: Seats) -> SeatPair:
    return SeatPair(base=seats.base, voice=seats.voice)


def _line(line: QuoteLine) -> QuoteLineOut:
    return QuoteLineOut(
        description=line.description,
        amount=Money(amount=line.amount),
        seat_type=line.seat_type,
        proration=line.proration,
        quantity=line.quantity,
    )


def _tiers(tiers: Iterable[TierOfType]) -> Prices:
    prices = {tier.seat_type: _price(tier) for tier in tiers}
    return Prices(base=prices.get(SeatType.BASE), voice=prices.get(SeatType.VOICE))


def _price(tier: TierOfType) -> Price:
    return Price(
        quantity=tier.quantity,
        unit_amount=Money(amount=tier.unit_amount),
        list_amount=Money(amount=tier.list_amount),
        next_from=tier.next_from,
        next_unit_amount=None if tier.next_unit_amount is None else Money(amount=tier.next_unit_amount),
    )


def _invoice(invoice: Invoice | None) -> PaidInvoice | None:
    if invoice is None:
        return None
    return PaidInvoice(
        id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total),
        amount_paid=Money(amount=invoice.amount_paid),
        url=invoice.url,
    )
