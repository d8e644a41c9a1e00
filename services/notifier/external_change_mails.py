"""Handlers of edits at Stripe, and of the freeze or thaw that follows: they make one mail, after a while of quiet."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.billing import SubscriptionChanged
from contracts.seats import (
    Frozen,
    Thawed,
)
from contracts.vocabulary import ChangedBy, FrozenReason
from services.notifier.domain import external_changes
from services.notifier.mailing import EXTERNAL_CHANGE, mail_admins
from services.notifier.mails import billing_kinds, news
from services.notifier.mails.payloads import ExternalChangeTimer
from services.notifier.state import Agency


def subscription_changed(agency: Agency, event: SubscriptionChanged, ctx: ActorContext) -> None:
    """Add an edit at Stripe to the pending external change, which is mailed later. Ignore our own changes.

    Mail a price or a cycle that was changed alone at once.
    """
    if event.whose is ChangedBy.OURS:
        return
    before, after = event.before.quantities(), event.after.quantities()
    if event.repriced and before == after:
        repriced = news.Repriced(event.total_before, event.cycle_before, event.total, event.cycle, event.currency)
        mail_admins(agency, billing_kinds.StripeNotice(agency.display_name, repriced), ctx.id, ctx)
        return
    plan = external_changes.Plan(event.total, event.cycle, event.currency)
    _postpone_external_change(
        agency, external_changes.edited(agency.external_change, ctx.id, before, after, plan, ctx.now), ctx
    )


def frozen(agency: Agency, event: Frozen, ctx: ActorContext) -> None:
    """Add a freeze to the pending external change. Ignore that of an ended subscription, which has its own mail."""
    if event.reason is not FrozenReason.SEATS_REDUCED_ELSEWHERE:
        return
    purchased, active = event.purchased.quantities(), event.active.quantities()
    _postpone_external_change(
        agency, external_changes.frozen(agency.external_change, ctx.id, purchased, active, ctx.now), ctx
    )


def thawed(agency: Agency, _: Thawed, ctx: ActorContext) -> None:
    """Add a thaw to the pending external change, if there is one."""
    change = external_changes.thawed(agency.external_change, ctx.now)
    if change is not None:
        _postpone_external_change(agency, change, ctx)


def external_change_due(agency: Agency, timer: ExternalChangeTimer, ctx: ActorContext) -> None:
    """Mail the change at Stripe if it is due. If a later event has postponed it, set the timer again."""
    change = agency.external_change
    if change is None or change.id != timer.change_id:
        return
    if not change.is_due(ctx.now):
        _postpone_external_change(agency, change, ctx)
        return
    agency.set_external_change(None)
    if change.is_reportable:
        mail = billing_kinds.SeatsChangedExternally(
            agency=agency.display_name,
            before=change.before,
            after=change.after,
            total=change.plan.total if change.plan is not None else None,
            cycle=change.plan.cycle if change.plan is not None else None,
            active=change.active,
            thawed=change.thawed,
            currency=change.plan.currency if change.plan is not None else "usd",
        )
        mail_admins(agency, mail, change.id, ctx)


def _postpone_external_change(agency: Agency, change: external_changes.ExternalChange, ctx: ActorContext) -> None:
    agency.set_external_change(change)
    timer = ExternalChangeTimer(change_id=change.id)
    ctx.task(EXTERNAL_CHANGE, timer, lane=EXTERNAL_CHANGE, run_at=change.due_at, key=f"{EXTERNAL_CHANGE}:{change.id}")
