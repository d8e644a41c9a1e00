"""For 20 days a removal can be undone, if a seat of the type that the member held is free."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts import member_rejections, request_rejections, seat_rejections
from contracts.vocabulary import OPERATOR, BlockedReason, FrozenReason, MemberStatus, Quantities, Role, SeatType
from services.members.domain.activation import Activate, LetGo, StayRemoved, seat_assigned, seat_denied
from services.members.domain.add_admin import add_admin
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Member, Removal
from services.members.domain.capacity import Capacity
from services.members.domain.invite import invite
from services.members.domain.undo_removal import Return, no_seat, undo_removal, undo_until
from tests.domain.members.test_add_admin import GUEST
from tests.domain.members.test_admin_action import ADA, NIA, REQUEST, SIGNED
from tests.domain.members.test_invite import FREE, FULL, NEW_ID, NOOR

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
COMMAND, ANOTHER = UUID(int=7), UUID(int=8)
GONE = replace(NIA, status=MemberStatus.REMOVED, removal=Removal(NOW, SeatType.VOICE))
COMING = replace(GONE, removal=Removal(NOW, SeatType.VOICE, COMMAND))
ALMOST = NOW + timedelta(days=20) - timedelta(microseconds=1)


def undo(member: Member | None, capacity: Capacity = FREE, now: datetime = NOW) -> Return | Reject:
    return undo_removal(replace(REQUEST, subject=member), capacity, now, COMMAND)


@pytest.mark.parametrize("now", [NOW, ALMOST])
def test_a_removed_member_who_held_a_seat_waits_for_one_of_that_type(now: datetime) -> None:
    assert undo(GONE, now=now) == Return(COMING, SeatType.VOICE)


def test_after_20_days_only_an_invitation_brings_the_member_back() -> None:
    assert undo_until(Removal(NOW, SeatType.BASE)) == NOW + timedelta(days=20)
    rejected = undo(GONE, now=NOW + timedelta(days=20))
    assert rejected == Reject(member_rejections.WrongStatus(MemberStatus.REMOVED, requested="undo_removal"))


def test_a_removed_member_who_held_no_seat_is_invited_instead() -> None:
    rejected = undo(replace(GONE, removal=None))
    assert rejected == Reject(member_rejections.WrongStatus(MemberStatus.REMOVED, requested="undo_removal"))


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.REMOVED])
def test_who_is_a_member_again_by_another_way_stays_as_they_are(status: MemberStatus) -> None:
    rejected = undo(replace(NIA, status=status))
    assert rejected == Reject(member_rejections.WrongStatus(status, requested="undo_removal"))


def test_without_a_free_seat_the_rejection_says_so_and_none_is_bought() -> None:
    assert undo(GONE, FULL) == Reject(seat_rejections.NoSeatAvailable(SeatType.VOICE, purchased=1, active=1, waiting=0))


def test_two_undos_ask_for_one_seat() -> None:
    assert undo(COMING) == Reject(member_rejections.WrongStatus(MemberStatus.REMOVED, waits=1))


def test_it_is_an_admin_action() -> None:
    assert undo(None) == Reject(member_rejections.UnknownMember())
    unsigned = replace(REQUEST, subject=GONE, agency=replace(SIGNED, baa=None))
    assert undo_removal(unsigned, FREE, NOW, COMMAND) == Reject(request_rejections.BaaUnsigned())


def test_the_assigned_seat_makes_the_member_active_in_the_role_that_they_had() -> None:
    admin = replace(COMING, role=Role.ADMIN)
    activated = seat_assigned(admin, SeatType.VOICE, COMMAND)
    assert isinstance(activated, Activate)
    member = activated.member
    assert (member.status, member.role, member.plan_type) == (MemberStatus.ACTIVE, Role.ADMIN, SeatType.VOICE)
    assert (member.removal, activated.before) == (None, MemberStatus.REMOVED)


def test_a_denied_seat_leaves_the_member_removed_and_the_undo_can_be_tried_again() -> None:
    assert seat_denied(SIGNED, COMING, BlockedReason.NO_SEAT_AVAILABLE, COMMAND) == StayRemoved(GONE)


def test_an_event_for_a_wait_from_before_the_removal_does_not_undo_it() -> None:
    assert seat_assigned(COMING, SeatType.VOICE, ANOTHER) == LetGo(COMING)
    assert seat_denied(SIGNED, COMING, BlockedReason.NO_SEAT_AVAILABLE, ANOTHER) == LetGo(COMING)


def test_nobody_is_invited_while_their_removal_is_undone() -> None:
    waits = Reject(member_rejections.WrongStatus(MemberStatus.REMOVED, waits=1))
    assert invite(SIGNED, ADA, COMING, FREE, NOOR, NOW, NEW_ID) == waits
    assert add_admin(SIGNED, OPERATOR, COMING, FREE, GUEST, NOW, NEW_ID) == waits


def test_the_figures_of_a_seat_that_was_taken_meanwhile_are_those_of_now() -> None:
    assert no_seat(FULL, SeatType.VOICE) == seat_rejections.NoSeatAvailable(SeatType.VOICE, 1, 1, 0)
    assert no_seat(FREE, SeatType.VOICE) == seat_rejections.NoSeatAvailable(SeatType.VOICE, 5, 1, 0)
    reduced = Capacity(Quantities(1, 1), Quantities(1, 2), frozen=FrozenReason.SEATS_REDUCED_ELSEWHERE)
    assert no_seat(reduced, SeatType.VOICE).code == "seats_reduced_elsewhere"
