"""An agency's invitations of a day grow with its purchased seats: twenty, and three for each seat.

An import into paid seats is therefore never stopped, and everybody in it can be invited twice more on the same day.
One person gets two invitations of an agency a day whatever other agencies send, and up to three more while all agencies
together send that mailbox at most ten beyond those.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.gateway.domain.request_limits import DAY, Limit

OF_AGENCY = "invitations_of_agency"
"""The limit that stops all of an agency's invitations, and not only those to one person."""
DELIBERATE = 2
"""The invitations a day with which an admin always reaches a person: nobody outside the agency can use them up."""


@dataclass(frozen=True, slots=True)
class InvitationLimits:
    """Invitations a day."""

    per_agency: int
    per_seat: int
    per_person: int
    per_mailbox: int


def agency_limit(purchased: int, limits: InvitationLimits) -> Limit:
    """The limit of all invitations of an agency with so many purchased seats."""
    return Limit(OF_AGENCY, limits.per_agency + limits.per_seat * purchased, DAY)


def deliberate_limit(limits: InvitationLimits) -> Limit:
    """The limit of an agency's invitations to one person that no other agency can use up."""
    return Limit("deliberate_invitations", min(DELIBERATE, limits.per_person), DAY)


def further_limit(limits: InvitationLimits) -> Limit:
    """The limit of an agency's further invitations to the same person."""
    return Limit("invitations_to_person", max(0, limits.per_person - DELIBERATE), DAY)


def mailbox_limit(limits: InvitationLimits) -> Limit:
    """The limit of the further invitations of all agencies to one mailbox."""
    return Limit("invitations_to_mailbox", limits.per_mailbox, DAY)
