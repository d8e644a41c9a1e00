"""The operator's mail about an agency that a service holds back, because a message could not be handled or published.

The notifier itself may be that service. It then mails at once, for it would hold its own event back too.
"""

from __future__ import annotations

from chassis.actor import ActorContext
from chassis.deferred_messages import ParkedMessage
from contracts.message import AgencyParked
from contracts.notifier import NotifierAgencyParked
from contracts.vocabulary import Service
from services.notifier.mailing import mail_operator
from services.notifier.mails import operator_kinds
from services.notifier.state import Agency


def agency_parked(agency: Agency, event: AgencyParked, ctx: ActorContext) -> None:
    """Mail the operator which service holds the agency back, and how to go on."""
    _mail(agency, type(event).owner, ParkedMessage(event.message_type, event.refused), ctx)


def parked_here(agency: Agency | None, message: ParkedMessage, ctx: ActorContext) -> None:
    """Mail the operator that the notifier holds the agency back, and publish it."""
    _mail(agency, Service.NOTIFIER, message, ctx)
    ctx.publish(NotifierAgencyParked(message_type=message.type, refused=message.refused))


def _mail(agency: Agency | None, service: Service, message: ParkedMessage, ctx: ActorContext) -> None:
    # The event that failed may be the one that founds the agency.
    name = "An agency" if agency is None or agency.name is None else agency.name
    parked = operator_kinds.AgencyParked(name, str(ctx.agency_id), service, message.type, message.refused)
    mail_operator(parked, ctx.id, ctx)
