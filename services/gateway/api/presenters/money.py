"""From what billing and seats have said of a change to what goes over HTTP."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.billing import CycleSwitched, Quoted, QuoteLine, TierOfType
from contracts.message import Invoice, Seats
from contracts.seats import PaymentRetried, SeatsAdjusted
from contracts.vocabulary import SeatType
from services.gateway.api.presenters import members as answers
from services.gateway.api.schemas.base import Money
from services.gateway.api.schemas.money import (
    AdjustedOut,
    CycleOut,
    PaidInvoice,
    QuoteLineOut,
    QuoteOut,
    RetriedOut,
    SeatPair,
)
from services.gateway.api.schemas.reading import Price, Prices
from services.gateway.model.agency import SeatsView
from services.gateway.model.operation import Operation
from services.gateway.texts import preview as preview_words


def quote(operation: Operation) -> QuoteOut:
    """The preview, with its sentence."""
    message = Quoted.model_validate(operation.result)
    preview = preview_words.Preview(
        before=message.before.quantities(),
        after=message.after.quantities(),
        cycle_before=message.cycle_before,
        cycle=message.cycle,
        total_before=message.total_before,
        total=message.total,
        due_now=message.due_now,
        credit=message.credit,
        from_balance=message.from_balance,
        pending=sum(line.amount for line in message.pending),
        may_differ=message.may_differ,
        prices=tuple(
            preview_words.Price(tier.seat_type, tier.unit_amount, tier.next_from, tier.next_unit_amount)
            for tier in message.tiers
        ),
    )
    return QuoteOut(
        id=message.quote_id,
        change=preview_words.change(preview),
        sentence=preview_words.sentence(preview),
        before=_pair(message.before),
        after=_pair(message.after),
        cycle_before=message.cycle_before,
        cycle=message.cycle,
        due_now=Money(amount=message.due_now),
        credit=Money(amount=message.credit),
        from_balance=Money(amount=message.from_balance),
        total_before=Money(amount=message.total_before),
        new_total=Money(amount=message.total),
        delta=Money(amount=preview_words.delta(preview)),
        lines=[_line(one) for one in message.lines],
        pending_lines=[_line(one) for one in message.pending],
        tier=_tiers(message.tiers),
        expires_at=message.expires_at,
        may_differ=Money(amount=message.may_differ),
    )


def adjusted(operation: Operation, seats: SeatsView) -> AdjustedOut:
    """The seats after a change, and what it cost."""
    message = SeatsAdjusted.model_validate(operation.result)
    return AdjustedOut(
        seats=answers.seats(seats),
        before=_pair(message.before),
        after=_pair(message.after),
        charged=Money(amount=message.charged),
        new_total=Money(amount=message.new_total),
        cycle=message.cycle,
        invoice=_invoice(message.invoice),
    )


def switched(operation: Operation) -> CycleOut:
    """The cycle after a switch, and what it cost."""
    message = CycleSwitched.model_validate(operation.result)
    return CycleOut(
        cycle=message.cycle,
        charged=Money(amount=message.charged),
        new_total=Money(amount=message.total),
        renews_at=message.renews_at,
        invoice=_invoice(message.invoice),
    )


def retried(operation: Operation, seats: SeatsView) -> RetriedOut:
    """The seats after the pause, and for whom they are bought."""
    message = PaymentRetried.model_validate(operation.result)
    return RetriedOut(seats=answers.seats(seats), joined=[waiter.member_id for waiter in message.joined])


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
