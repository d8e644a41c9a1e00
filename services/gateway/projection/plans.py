"""From billing's events to the plan and its invoices."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.billing import AccountOpened, CycleSwitched, PlanChanged, QuantitiesSet, SubscriptionChanged
from contracts.billing_payments import InvoiceChanged
from services.gateway.model.changes import AgencyChanges, PlanChanges


def total_changed(
    changes: AgencyChanges, event: AccountOpened | QuantitiesSet | SubscriptionChanged, ctx: ActorContext
) -> None:
    """Keep the new total. The plan's other figures come with PlanChanged."""
    _plan(changes, PlanChanges(event.cycle, event.total), ctx)


def cycle_switched(changes: AgencyChanges, event: CycleSwitched, ctx: ActorContext) -> None:
    """Keep the new cycle with its total and its renewal."""
    _plan(changes, PlanChanges(event.cycle, event.total, event.renews_at), ctx)


def plan_changed(changes: AgencyChanges, event: PlanChanged, ctx: ActorContext) -> None:
    """Keep all figures of the plan, as Stripe has them now."""
    _plan(changes, PlanChanges(event.cycle, event.total, event.renews_at, event), ctx)


def _plan(changes: AgencyChanges, plan: PlanChanges, ctx: ActorContext) -> None:
    changes.plan = plan if changes.plan is None else plan.after(changes.plan)
    changes.parts.add("billing")
    changes.at = ctx.now


def invoice_changed(changes: AgencyChanges, event: InvoiceChanged, ctx: ActorContext) -> None:
    """Keep the invoice's newest state."""
    changes.invoices.append(event)
    changes.parts.add("billing")
    changes.at = ctx.now
