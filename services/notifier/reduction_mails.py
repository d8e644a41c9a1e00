"""Handlers of the events about a reduction that waits for the renewal."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.scheduled_reductions import ReductionMade, ReductionMissed, ReductionNear
from contracts.vocabulary import BillingCycle, Quantities
from services.notifier.mailing import mail_admins
from services.notifier.mails.reduction_kinds import ScheduledReduction
from services.notifier.state import Agency


def reduction_near(agency: Agency, event: ReductionNear, ctx: ActorContext) -> None:
    """Mail all admins that less would be reduced, in time to remove members."""
    mail = ScheduledReduction(
        agency.display_name,
        "near",
        event.at,
        event.to.base,
        event.to.voice,
        event.purchased.quantities(),
        event.after.quantities(),
        event.active.quantities(),
    )
    mail_admins(agency, mail, ctx.id, ctx)


def reduction_made(agency: Agency, event: ReductionMade, ctx: ActorContext) -> None:
    """Mail all admins what was reduced, and what the renewal costs."""
    mail = ScheduledReduction(
        agency.display_name,
        "made",
        event.at,
        event.to.base,
        event.to.voice,
        event.before.quantities(),
        event.after.quantities(),
        event.active.quantities(),
        event.new_total,
        event.cycle or BillingCycle.MONTHLY,
        event.currency,
    )
    mail_admins(agency, mail, ctx.id, ctx)


def reduction_missed(agency: Agency, event: ReductionMissed, ctx: ActorContext) -> None:
    """Mail all admins that the renewal has billed the seats as they were, and why."""
    none = Quantities()
    mail = ScheduledReduction(
        agency.display_name, "missed", event.at, event.to.base, event.to.voice, none, none, none, code=event.code
    )
    mail_admins(agency, mail, ctx.id, ctx)
