"""From the application's values to what goes over HTTP."""

from __future__ import annotations

from typing import Literal

from contracts.members import Invited
from contracts.vocabulary import MemberStatus
from services.gateway.api.schemas.responses import (
    AdminAddedOut,
    AgencyOut,
    ApiKeyRow,
    AutoAddOut,
    BaaOut,
    KeyCreator,
    MeAgency,
    MemberRow,
    MembersOut,
    MeMember,
    MeOut,
    NotReinvited,
    OpenedAgency,
    ReinvitedOut,
    SeatMeter,
    SeatsOut,
    SignatureOut,
    StatusCounts,
)
from services.gateway.application.gateway import Baa
from services.gateway.application.member_list import Page
from services.gateway.domain.seat_meters import Meter
from services.gateway.model.agency import Member, Principal, SeatsView
from services.gateway.model.api_keys import ApiKey
from services.gateway.model.operation import Operation
from services.gateway.texts.problems import problem


def me(who: Principal) -> MeOut:
    """Who is signed in."""
    return MeOut(member=MeMember.model_validate(who.member), agency=MeAgency.model_validate(who.agency))


def opened(admin: Principal) -> AgencyOut:
    """An agency that was opened, with its first admin."""
    return AgencyOut(agency=OpenedAgency.model_validate(admin.agency), admin=MeMember.model_validate(admin.member))


def row(member: Member) -> MemberRow:
    """A row of the list."""
    return MemberRow.model_validate(member)


def row_with(member: Member, **asked: object) -> MemberRow:
    """A row with what was asked for, whatever came after."""
    return row(member).model_copy(update=asked)


def row_invited(member: Member, **asked: object) -> MemberRow:
    """The row of somebody who was invited, whatever came after."""
    return row_with(member, status=MemberStatus.INVITED, blocked_reason=None, plan_type=None, **asked)


def reinvited(operation: Operation) -> ReinvitedOut:
    """What became of each who was to be invited anew."""
    result = operation.result or {"done": (), "refused": ()}
    refused = [
        NotReinvited(id=no["member_id"], code=no["code"], detail=problem(no["code"]).detail(no["figures"]))
        for no in result["refused"]
    ]
    return ReinvitedOut(done=list(result["done"]), refused=refused)


def admin_added(operation: Operation, admin: Principal) -> AdminAddedOut:
    """Who is an admin now, or is invited as one."""
    invited = operation.outcome == Invited.type
    agency = MeAgency.model_validate(admin.agency)
    added: Literal["invited", "promoted"] = "invited" if invited else "promoted"
    return AdminAddedOut(member=MeMember.model_validate(admin.member), agency=agency, added=added)


def api_key(key: ApiKey) -> ApiKeyRow:
    """A key in the list."""
    creator = KeyCreator(id=key.creator_id, name=key.creator_name)
    return ApiKeyRow(
        id=key.id, name=key.name, created_at=key.created_at, last_used_at=key.last_used_at, created_by=creator
    )


def members(page: Page) -> MembersOut:
    """A page of the list."""
    counts = StatusCounts(**{status.value: count for status, count in page.counts.items()})
    return MembersOut(items=[row(one) for one in page.items], counts=counts, next_cursor=page.next_cursor)


def seats(view: SeatsView) -> SeatsOut:
    """The seats and Auto-Add."""
    return SeatsOut(base=_meter(view.base), voice=_meter(view.voice), frozen=view.frozen, auto_add=auto_add(view))


def auto_add(view: SeatsView, *, enabled: bool | None = None) -> AutoAddOut:
    """Auto-Add; `enabled` when an answer must say what was asked for, whatever came after."""
    return AutoAddOut(
        enabled=view.auto_add if enabled is None else enabled, locked=not view.baa_signed, paused=view.paused
    )


def _meter(meter: Meter) -> SeatMeter:
    return SeatMeter.model_validate(meter)


def baa(shown: Baa) -> BaaOut:
    """The BAA and its signature."""
    signature = None if shown.signature is None else SignatureOut.model_validate(shown.signature)
    return BaaOut(version=shown.version, text=shown.text, signature=signature)
