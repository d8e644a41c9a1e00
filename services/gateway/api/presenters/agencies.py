"""The results of the operator's calls as JSON bodies."""

from __future__ import annotations

from typing import Literal

from contracts.members_invitations import Invited
from services.gateway.api.schemas.agencies import AdminAddedOut, AgencyOut, OpenedAgency
from services.gateway.api.schemas.sign_in import MeAgency, MeMember
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation


def agency_out(admin: Principal) -> AgencyOut:
    """An agency that was opened, with its first admin."""
    return AgencyOut(agency=OpenedAgency.model_validate(admin.agency), admin=MeMember.model_validate(admin.member))


def admin_added_out(operation: Operation, admin: Principal) -> AdminAddedOut:
    """A member who is an admin now, or is invited as one."""
    added: Literal["invited", "promoted"] = "invited" if operation.outcome == Invited.type else "promoted"
    member, agency = MeMember.model_validate(admin.member), MeAgency.model_validate(admin.agency)
    return AdminAddedOut(member=member, agency=agency, added=added)
