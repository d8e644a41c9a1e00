"""A change that waits for the payment of its invoice, as a JSON body."""

from __future__ import annotations

from services.gateway.api.schemas.awaited_payments import AwaitedAmount, AwaitedCounts, AwaitedPaymentOut
from services.gateway.model.awaited_payment import AwaitedPayment
from services.gateway.texts import awaited_payments as texts


def payment_out(waiting: AwaitedPayment | None) -> AwaitedPaymentOut | None:
    """The change with its invoice and Stripe's page of it; None when nothing waits."""
    if waiting is None:
        return None
    event = waiting.event
    return AwaitedPaymentOut(
        before=AwaitedCounts(base=event.before.base, voice=event.before.voice),
        after=AwaitedCounts(base=event.after.base, voice=event.after.voice),
        amount=AwaitedAmount(amount=event.amount, currency=event.currency),
        confirm=event.confirm,
        processing=event.processing,
        until=event.until,
        invoice_number=event.invoice_number,
        url=waiting.url,
        sentence=texts.sentence(event),
        cycle=event.cycle,
    )
