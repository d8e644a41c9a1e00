"""The plan type follows the seat."""

from dataclasses import replace

import pytest

from contracts.vocabulary import MemberStatus, SeatType
from services.members.domain.agency import Member
from services.members.domain.plan_type import Changed, Unchanged, seat_swapped
from tests.domain.members.test_admin_action import NIA

BASE, VOICE = SeatType.BASE, SeatType.VOICE
ACTIVE = replace(NIA, plan_type=BASE)


def test_the_members_plan_type_is_updated_when_their_seat_is_exchanged() -> None:
    assert seat_swapped(ACTIVE, VOICE) == Changed(replace(ACTIVE, plan_type=VOICE, seat_type=VOICE), BASE)


@pytest.mark.parametrize("member", [None, replace(NIA, status=MemberStatus.REMOVED), replace(ACTIVE, plan_type=VOICE)])
def test_a_member_who_left_or_has_the_plan_type_already_is_unchanged(member: Member | None) -> None:
    assert seat_swapped(member, VOICE) == Unchanged()
