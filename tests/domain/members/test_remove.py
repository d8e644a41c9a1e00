"""Anybody may be removed but the last Active admin."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts import member_rejections
from contracts.vocabulary import BlockedReason, MemberStatus, SeatType
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Invitation, Removal
from services.members.domain.remove import Removed, remove
from tests.domain.members.test_admin_action import ADA, NIA, REQUEST

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STANDING = [status for status in MemberStatus if status is not MemberStatus.REMOVED]


@pytest.mark.parametrize("status", STANDING)
def test_a_member_in_any_status_is_removed_and_holds_and_waits_for_nothing(status: MemberStatus) -> None:
    full = BlockedReason.NO_SEAT_AVAILABLE
    link = Invitation(UUID(int=6), datetime(2026, 3, 2, tzinfo=UTC))
    standing = replace(NIA, status=status, invitation=link, waiting=True, plan_type=SeatType.BASE, blocked_reason=full)
    gone = replace(NIA, status=MemberStatus.REMOVED, removal=Removal(NOW, SeatType.BASE))
    assert remove(replace(REQUEST, subject=standing), NOW) == Removed(gone, status, SeatType.BASE)


def test_the_last_admin_is_not_removed_and_one_of_two_is() -> None:
    assert remove(replace(REQUEST, subject=ADA), NOW) == Reject(member_rejections.LastAdmin())
    second = replace(ADA, id=NIA.id)
    assert remove(replace(REQUEST, subject=ADA, members=[ADA, second]), NOW) == Removed(
        replace(ADA, status=MemberStatus.REMOVED), MemberStatus.ACTIVE, None
    )


def test_a_removed_member_is_not_removed_again() -> None:
    gone = replace(NIA, status=MemberStatus.REMOVED)
    assert remove(replace(REQUEST, subject=gone), NOW) == Reject(
        member_rejections.WrongStatus(status=MemberStatus.REMOVED)
    )


def test_only_the_removal_of_a_member_who_held_a_seat_is_kept_for_an_undo() -> None:
    waiting = replace(NIA, status=MemberStatus.PENDING_LOGIN, plan_type=None)
    removed = remove(replace(REQUEST, subject=waiting), NOW)
    assert isinstance(removed, Removed)
    assert removed.member.removal is None
