"""Remind admins seven days before the end of the subscription that somebody has scheduled at Stripe."""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.billing import EndNear
from contracts.vocabulary import STRIPE
from services.billing.domain.account import Agency
from services.billing.tasks import EndDue


def end_due(agency: Agency, result: EndDue, ctx: ActorContext) -> None:
    """Publish EndNear, unless the end was moved or taken back, or has come already."""
    account = agency.account
    if account is not None and account.ended is None and account.ends_at == result.at:
        ctx.publish(EndNear(at=result.at), actor=STRIPE)
