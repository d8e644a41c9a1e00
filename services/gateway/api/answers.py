"""From the application's values to what goes over HTTP."""

from __future__ import annotations

from contracts.vocabulary import Role
from services.gateway.api.wire import (
    AgencyOut,
    AutoAddOut,
    BaaOut,
    MeAgency,
    MemberRow,
    MembersOut,
    MeMember,
    MeOut,
    OpenedAgency,
    SeatMeter,
    SeatsOut,
    SignatureOut,
    StatusCounts,
)
from services.gateway.application.gateway import Baa, Page
from services.gateway.domain.seat_meters import Meter
from services.gateway.store_reading import Member, Principal, SeatsView


def me(who: Principal) -> MeOut:
    """Who is signed in."""
    return MeOut(member=MeMember.model_validate(who.member), agency=MeAgency.model_validate(who.agency))


def opened(admin: Principal) -> AgencyOut:
    """An agency that was opened, with its first admin."""
    return AgencyOut(agency=OpenedAgency.model_validate(admin.agency), admin=MeMember.model_validate(admin.member))


def row(member: Member) -> MemberRow:
    """A row of the list."""
    return MemberRow.model_validate(member)


def row_with(member: Member, role: Role) -> MemberRow:
    """A row with the role that was asked for, whatever came after."""
    return row(member).model_copy(update={"role": role})


def members(page: Page) -> MembersOut:
    """A page of the list."""
    counts = StatusCounts(**{status.value: count for status, count in page.counts.items()})
    return MembersOut(items=[row(one) for one in page.items], counts=counts, next_cursor=page.next_cursor)


def seats(view: SeatsView) -> SeatsOut:
    """The seats and Auto-Add."""
    return SeatsOut(base=_meter(view.base), voice=_meter(view.voice), frozen=None, auto_add=auto_add(view))


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
