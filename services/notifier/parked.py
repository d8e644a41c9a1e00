"""The operator's mail about an agency that a service holds back, because it could not handle one of its messages.

The notifier itself may be that service. It then mails at once, for it would hold its own event back too.
"""

from __future__ import annotations

from chassis.actor import ActorContext
from contracts.message import AgencyParked
from contracts.notifier import NotifierAgencyParked
from contracts.vocabulary import Service
from services.notifier.mailing import mail_operator
from services.notifier.mails import operator_kinds
from services.notifier.state import Agency


def agency_parked(agency: Agency, event: AgencyParked, ctx: ActorContext) -> None:
    """Mail the operator which service holds the agency back, and how to go on."""
    _mail(agency, type(event).owner, event.message_type, ctx)


def parked_here(agency: Agency | None, message_type: str, ctx: ActorContext) -> None:
    """Mail the operator that the notifier holds the agency back, and publish it."""
    _mail(agency, Service.NOTIFIER, message_type, ctx)
    ctx.publish(NotifierAgencyParked(message_type=message_type))


def _mail(agency: Agency | None, service: Service, message_type: str, ctx: ActorContext) -> None:
    # The event that failed may be the one that founds the agency.
    name = "An agency" if agency is None or agency.name is None else agency.name
    mail_operator(operator_kinds.AgencyParked(name, str(ctx.agency_id), service, message_type), ctx.id, ctx)
