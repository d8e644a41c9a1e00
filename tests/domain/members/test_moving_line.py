"""The line moves by itself: which Blocked members are offered the free seats."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts import request_rejections
from contracts.vocabulary import BlockedReason, FrozenReason, MemberStatus, Quantities, SeatType
from services.members.domain.activation import Activate, StayBlocked, seat_assigned, seat_denied
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Member
from services.members.domain.capacity import Capacity
from services.members.domain.moving_line import DECIDED_BY_ADMINS, MovingLineSet, next_in_line, set_moving_line
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED
from tests.domain.members.test_let_in import BO

FREE = Capacity(purchased=Quantities(3, 2), active=Quantities(2, 0))
"""One Base and two Voice seats are free."""


def blocked(number: int, seat_type: SeatType, reason: BlockedReason = BlockedReason.NO_SEAT_AVAILABLE) -> Member:
    return replace(BO, id=UUID(int=number), seat_type=seat_type, blocked_reason=reason, blocked_place=number)


LINE = [blocked(1, SeatType.BASE), blocked(2, SeatType.VOICE), blocked(3, SeatType.BASE), blocked(4, SeatType.VOICE)]


def test_each_free_seat_is_offered_to_the_first_in_its_own_line() -> None:
    assert next_in_line(FREE, LINE) == [replace(LINE[index], seat_offered=True) for index in (0, 1, 3)]


def test_a_seat_that_is_offered_already_is_not_offered_again_and_nobody_is_offered_two() -> None:
    offered = [replace(LINE[0], seat_offered=True), replace(LINE[1], seat_offered=True), *LINE[2:]]
    assert next_in_line(FREE, offered) == [replace(LINE[3], seat_offered=True)]


@pytest.mark.parametrize("reason", BlockedReason)
def test_whoever_waits_for_an_admin_does_not_stand_in_line(reason: BlockedReason) -> None:
    [first] = next_in_line(FREE, [blocked(1, SeatType.BASE, reason), blocked(2, SeatType.BASE)])
    assert first.id == UUID(int=2 if reason in DECIDED_BY_ADMINS else 1)


def test_only_a_blocked_member_stands_in_line() -> None:
    others = [replace(LINE[0], status=status) for status in MemberStatus if status is not MemberStatus.BLOCKED]
    assert next_in_line(FREE, others) == []


def test_no_seat_is_offered_where_none_is_free() -> None:
    assert next_in_line(replace(FREE, waiting=Quantities(1, 2)), LINE) == []
    assert next_in_line(replace(FREE, frozen=FrozenReason.SUBSCRIPTION_CANCELED), LINE) == []


def test_an_admin_sets_it_and_nobody_else() -> None:
    assert set_moving_line(SIGNED, ADA, enabled=True) == MovingLineSet(replace(SIGNED, moving_line=True), before=False)
    moving = replace(SIGNED, moving_line=True)
    assert set_moving_line(moving, ADA, enabled=True) == MovingLineSet(moving, before=True)
    assert set_moving_line(SIGNED, NIA, enabled=True) == Reject(request_rejections.NotAnAdmin())
    assert set_moving_line(replace(SIGNED, baa=None), ADA, enabled=True) == Reject(request_rejections.BaaUnsigned())


def test_seats_decides_about_the_offer_and_a_denied_member_keeps_their_place() -> None:
    offered = replace(LINE[0], seat_offered=True)
    denied = seat_denied(SIGNED, offered, BlockedReason.NO_SEAT_AVAILABLE, UUID(int=9))
    assert denied == StayBlocked(LINE[0])
    assigned = seat_assigned(offered, SeatType.BASE, UUID(int=9))
    assert isinstance(assigned, Activate)
    assert not assigned.member.seat_offered
