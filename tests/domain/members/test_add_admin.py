"""The operator gives an agency an admin."""

from dataclasses import replace

import pytest

from contracts import member_rejections, request_rejections, seat_rejections
from contracts.vocabulary import OPERATOR, MemberStatus, Quantities, Role, SeatType, member
from services.members.domain.add_admin import add_admin
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Member
from services.members.domain.change_role import Changed
from services.members.domain.invitation import Guest, Invited
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED
from tests.domain.members.test_invite import FREE, FULL, NEW_ID, NOW

GUEST = Guest(NEW_ID, "nia@clinic.example", "Nia", SeatType.VOICE, Role.ADMIN)


@pytest.mark.parametrize("known", [NIA, ADA])
def test_an_active_member_becomes_an_admin_and_an_admin_stays_an_admin(known: Member) -> None:
    outcome = add_admin(SIGNED, OPERATOR, known, FULL, GUEST, NOW, NEW_ID)
    assert outcome == Changed(replace(known, role=Role.ADMIN), known.role)


@pytest.mark.parametrize("status", [None, *(status for status in MemberStatus if status is not MemberStatus.ACTIVE)])
def test_anybody_else_is_invited_as_one_also_before_the_baa_is_signed(status: MemberStatus | None) -> None:
    known = replace(NIA, status=status) if status is not None else None
    outcome = add_admin(replace(SIGNED, baa=None), OPERATOR, known, FREE, GUEST, NOW, NEW_ID)
    assert isinstance(outcome, Invited)
    assert (outcome.before, outcome.member.status, outcome.member.role) == (status, MemberStatus.INVITED, Role.ADMIN)
    assert outcome.member.id == (NIA.id if known is not None else NEW_ID)


def test_capacity_is_checked_as_for_any_invite() -> None:
    refused = add_admin(SIGNED, OPERATOR, None, FULL, GUEST, NOW, NEW_ID)
    assert isinstance(refused, Reject)
    assert refused.rejection == seat_rejections.NoSeatAvailable(GUEST.seat_type, purchased=1, active=1, waiting=0)


@pytest.mark.parametrize("status", [MemberStatus.PENDING_LOGIN, MemberStatus.INVITED])
def test_a_member_who_waits_for_a_seat_is_left_alone(status: MemberStatus) -> None:
    known = replace(NIA, status=status, waiting=True)
    refused = Reject(member_rejections.WrongStatus(status=status, waits=1))
    assert add_admin(SIGNED, OPERATOR, known, FREE, GUEST, NOW, NEW_ID) == refused


def test_only_the_operator_adds_an_admin() -> None:
    assert add_admin(SIGNED, member(ADA.id), NIA, FREE, GUEST, NOW, NEW_ID) == Reject(request_rejections.NotAnAdmin())


def test_an_agency_that_does_not_exist_gets_no_admin() -> None:
    unknown = add_admin(None, OPERATOR, NIA, FREE, GUEST, NOW, NEW_ID)
    assert unknown == Reject(member_rejections.WrongStatus(agency="unknown"))
    refused = add_admin(replace(SIGNED, rejected=True), OPERATOR, NIA, FREE, GUEST, NOW, NEW_ID)
    assert refused == Reject(member_rejections.WrongStatus(agency="refused"))


def test_it_is_the_type_that_they_are_to_have_that_must_have_room() -> None:
    base_full = replace(FREE, purchased=Quantities(1, 9), active=Quantities(1, 1))
    guest = replace(GUEST, seat_type=SeatType.BASE)
    assert isinstance(add_admin(SIGNED, OPERATOR, None, base_full, guest, NOW, NEW_ID), Reject)
    assert isinstance(add_admin(SIGNED, OPERATOR, None, base_full, GUEST, NOW, NEW_ID), Invited)
