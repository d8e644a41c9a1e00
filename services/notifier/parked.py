"""The operator's mail about an agency that a service holds back, because a message could not be handled or published.

The notifier itself may be that service. It then mails at once, for it would hold its own event back too.
"""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.message import AgencyParked
from services.notifier.domain.operator_mails import is_last, is_mailed
from services.notifier.mailing import mail_operator
from services.notifier.mails import operator_kinds
from services.notifier.state import Agency


def agency_parked(agency: Agency | None, event: AgencyParked, ctx: ActorContext) -> None:
    """Mail the operator which service holds the agency back, and how to go on."""
    if is_mailed(event.others):
        # The event that failed may be the one that founds the agency.
        name = "An agency" if agency is None or agency.name is None else agency.name
        parked = operator_kinds.AgencyParked(
            agency=name,
            agency_id=str(ctx.agency_id),
            service=type(event).owner,
            message_type=event.message_type,
            refused=event.refused,
            others=event.others,
            last=is_last(event.others),
        )
        mail_operator(parked, ctx.id, ctx)


def parked_here(agency: Agency | None, event: AgencyParked, ctx: ActorContext) -> None:
    """Mail the operator that the notifier holds the agency back, and publish it."""
    agency_parked(agency, event, ctx)
    ctx.publish(event)
