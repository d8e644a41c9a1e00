"""An assigned seat makes a member Active, a denied seat Blocked."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from services.members.domain.activation import (
    Activate,
    Block,
    LetGo,
    TooLate,
    seat_assigned,
    seat_denied,
    seat_released,
)
from services.members.domain.agency import Agency, Invitation, Member

AGENCY = Agency("Clinic", "clinic.example")
WAITING = Member(
    UUID(int=3), "bo@clinic.example", "Bo", SeatType.BASE, Role.CLINICIAN, MemberStatus.PENDING_LOGIN, waiting=True
)
FULL = BlockedReason.NO_SEAT_AVAILABLE
COMMAND, ANOTHER = UUID(int=7), UUID(int=8)
ACCEPTED = replace(
    WAITING,
    status=MemberStatus.INVITED,
    invitation=Invitation(UUID(int=6), datetime(2026, 3, 2, tzinfo=UTC), accepted_by=COMMAND),
)


def test_an_assigned_seat_makes_the_waiting_member_active_on_that_plan() -> None:
    voice = SeatType.VOICE
    active = replace(WAITING, status=MemberStatus.ACTIVE, plan_type=voice, seat_type=voice, waiting=False)
    assert seat_assigned(WAITING, SeatType.VOICE, COMMAND) == Activate(active, MemberStatus.PENDING_LOGIN)


def test_a_later_seat_lets_a_blocked_person_in() -> None:
    blocked = replace(WAITING, status=MemberStatus.BLOCKED, blocked_reason=FULL, waiting=False)
    active = replace(blocked, status=MemberStatus.ACTIVE, plan_type=SeatType.BASE, blocked_reason=None)
    assert seat_assigned(blocked, SeatType.BASE, COMMAND) == Activate(active, MemberStatus.BLOCKED)


@pytest.mark.parametrize("reason", BlockedReason)
def test_a_denied_seat_makes_the_waiting_member_blocked_with_the_reason(reason: BlockedReason) -> None:
    blocked = replace(WAITING, status=MemberStatus.BLOCKED, blocked_reason=reason, waiting=False)
    assert seat_denied(AGENCY, WAITING, reason, COMMAND) == Block(blocked, MemberStatus.PENDING_LOGIN)


@pytest.mark.parametrize("agency", [None, replace(AGENCY, rejected=True)])
def test_no_member_is_blocked_when_the_agency_itself_is_rejected(agency: Agency | None) -> None:
    assert seat_denied(agency, WAITING, FULL, COMMAND) == LetGo(replace(WAITING, waiting=False))


@pytest.mark.parametrize("member", [None, replace(WAITING, waiting=False)])
def test_an_event_about_a_seat_that_nobody_waits_for_changes_nothing(member: Member | None) -> None:
    assert seat_assigned(member, SeatType.BASE, COMMAND) == TooLate()
    assert seat_denied(AGENCY, member, FULL, COMMAND) == TooLate()


def test_a_removed_members_wait_ends_without_a_seat_and_without_a_block() -> None:
    gone = replace(WAITING, status=MemberStatus.REMOVED, waiting=False)
    assert seat_assigned(gone, SeatType.BASE, COMMAND) == LetGo(gone)
    assert seat_denied(AGENCY, gone, FULL, COMMAND) == LetGo(gone)
    assert seat_released(gone, held=False) == LetGo(gone)


def test_a_seat_that_was_held_ends_no_wait() -> None:
    assert seat_released(replace(WAITING, status=MemberStatus.REMOVED), held=True) == TooLate()
    assert seat_released(None, held=False) == TooLate()


def test_an_invited_person_who_accepted_is_active_by_their_seat_or_blocked_and_the_link_is_used_up() -> None:
    gone = replace(ACCEPTED, waiting=False, invitation=None)
    active = replace(gone, status=MemberStatus.ACTIVE, plan_type=SeatType.BASE)
    assert seat_assigned(ACCEPTED, SeatType.BASE, COMMAND) == Activate(active, MemberStatus.INVITED)
    blocked = replace(gone, status=MemberStatus.BLOCKED, blocked_reason=FULL)
    assert seat_denied(AGENCY, ACCEPTED, FULL, COMMAND) == Block(blocked, MemberStatus.INVITED)


@pytest.mark.parametrize("member", [ACCEPTED, replace(ACCEPTED, waiting=False), replace(ACCEPTED, invitation=None)])
def test_an_event_for_a_wait_before_a_removal_lets_in_nobody_who_was_invited_since(member: Member) -> None:
    assert seat_assigned(member, SeatType.BASE, ANOTHER) == LetGo(member)
    assert seat_denied(AGENCY, member, FULL, ANOTHER) == LetGo(member)
