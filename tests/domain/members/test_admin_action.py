"""An admin action on a member needs an Active admin and a signed BAA, and leaves an Active admin."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts import member_rejections, request_rejections
from contracts.vocabulary import BAA_VERSION, MemberStatus, Role, SeatType
from services.members.domain.admin_action import AdminRequest, Reject, admin_action, by_an_admin
from services.members.domain.agency import Agency, Baa, Member

ADA = Member(UUID(int=3), "ada@clinic.example", "Ada", SeatType.BASE, Role.ADMIN, MemberStatus.ACTIVE)
NIA = replace(ADA, id=UUID(int=5), email="nia@clinic.example", role=Role.CLINICIAN)
SIGNED = Agency(
    "Clinic", "clinic.example", baa=Baa(ADA.id, "Ada", "Owner", BAA_VERSION, datetime(2026, 3, 2, tzinfo=UTC))
)
REQUEST = AdminRequest(SIGNED, ADA, NIA, [ADA, NIA])


def test_an_active_admin_may_act_on_a_member() -> None:
    assert admin_action(REQUEST, ends_an_admin=True) == NIA


def test_no_admin_action_before_the_baa_is_signed() -> None:
    request = replace(REQUEST, agency=replace(SIGNED, baa=None))
    assert admin_action(request, ends_an_admin=False) == Reject(request_rejections.BaaUnsigned())


@pytest.mark.parametrize("agency", [None, replace(SIGNED, rejected=True)])
def test_no_admin_action_in_an_agency_that_does_not_exist(agency: Agency | None) -> None:
    assert admin_action(replace(REQUEST, agency=agency), ends_an_admin=False) == Reject(request_rejections.NotAnAdmin())


def test_no_admin_acts_on_a_person_outside_the_agency() -> None:
    assert admin_action(replace(REQUEST, subject=None), ends_an_admin=False) == Reject(
        member_rejections.UnknownMember()
    )


@pytest.mark.parametrize("actor", [None, NIA, replace(ADA, status=MemberStatus.REMOVED)])
def test_only_an_active_admin_acts(actor: Member | None) -> None:
    assert admin_action(replace(REQUEST, actor=actor), ends_an_admin=True) == Reject(request_rejections.NotAnAdmin())


def test_no_actor_can_demote_the_last_admin() -> None:
    for actor in (ADA, NIA):
        request = replace(REQUEST, actor=actor, subject=ADA)
        assert admin_action(request, ends_an_admin=True) == Reject(member_rejections.LastAdmin())
    assert admin_action(replace(REQUEST, subject=ADA), ends_an_admin=False) == ADA


def test_an_action_on_the_agency_needs_an_active_admin_and_a_signed_baa() -> None:
    assert by_an_admin(SIGNED, ADA) == SIGNED
    assert by_an_admin(replace(SIGNED, baa=None), ADA) == Reject(request_rejections.BaaUnsigned())
    for agency, actor in ((None, ADA), (replace(SIGNED, rejected=True), ADA), (SIGNED, None), (SIGNED, NIA)):
        assert by_an_admin(agency, actor) == Reject(request_rejections.NotAnAdmin())
