"""From billing's events to the change that waits for the payment of its invoice."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.billing import CycleSwitched, QuantitiesRejected, QuantitiesSet
from contracts.billing_payments import PaymentAwaited, PaymentLapsed
from services.gateway.model.changes import AgencyChanges


def payment_awaited(changes: AgencyChanges, event: PaymentAwaited, ctx: ActorContext) -> None:
    """Keep the change that waits, and answer the request that made it: its operation goes on."""
    changes.awaited = event
    changes.operation_waits(ctx.correlation_id)
    _changed(changes, ctx)


def payment_over(
    changes: AgencyChanges,
    event: CycleSwitched | PaymentLapsed | QuantitiesSet | QuantitiesRejected,
    ctx: ActorContext,
) -> None:
    """Forget the change: it is made, or undone. An operation that never waited has nothing to forget.

    The operation of an admin who canceled the change ends with it.
    """
    changes.payments_ended.add(event.operation_id)
    if isinstance(event, PaymentLapsed) and event.command_id is not None:
        changes.operation_done_with(event.command_id, event)
    _changed(changes, ctx)


def _changed(changes: AgencyChanges, ctx: ActorContext) -> None:
    changes.parts.update(("seats", "billing"))
    changes.at = ctx.now
