"""The results of the operator's calls as JSON bodies."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Literal

from contracts.members_invitations import Invited
from services.gateway.api.schemas.agencies import AdminAddedOut, AgencyOut, OpenedAgency
from services.gateway.api.schemas.sign_in import MeAgency, MeMember
from services.gateway.model.agency import Agency, Principal
from services.gateway.model.operation import Operation


def exported_agency(agency: Agency, at: datetime) -> str:
    """An agency as the file `agency.json` of its export."""
    exported = {
        "id": str(agency.id),
        "name": agency.name,
        "domain": agency.domain,
        "cycle": agency.cycle.value,
        "currency": agency.currency,
        "baaSigned": agency.baa_signed,
        "exportedAt": f"{at:%Y-%m-%dT%H:%M:%SZ}",
    }
    return json.dumps(exported, ensure_ascii=False, indent=2) + "\n"


def agency_out(admin: Principal) -> AgencyOut:
    """An agency that was opened, with its first admin."""
    return AgencyOut(agency=OpenedAgency.model_validate(admin.agency), admin=MeMember.model_validate(admin.member))


def admin_added_out(operation: Operation, admin: Principal) -> AdminAddedOut:
    """A member who is an admin now, or is invited as one."""
    added: Literal["invited", "promoted"] = "invited" if operation.outcome == Invited.type else "promoted"
    member, agency = MeMember.model_validate(admin.member), MeAgency.model_validate(admin.agency)
    return AdminAddedOut(member=member, agency=agency, added=added)
