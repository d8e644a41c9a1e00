"""An invitation can be taken back until it is accepted."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts import member_rejections
from contracts.vocabulary import MemberStatus
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Invitation, Member
from services.members.domain.cancel_invitation import cancel_invitation
from services.members.domain.remove import Removed
from tests.domain.members.test_admin_action import NIA, REQUEST

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
INVITED = replace(NIA, status=MemberStatus.INVITED, invitation=Invitation(UUID(int=6), NOW))


def test_the_invited_person_is_removed_and_the_link_with_them() -> None:
    gone = replace(NIA, status=MemberStatus.REMOVED)
    assert cancel_invitation(replace(REQUEST, subject=INVITED), NOW) == Removed(gone, MemberStatus.INVITED, None)


@pytest.mark.parametrize(
    "member",
    [
        *(replace(NIA, status=status) for status in MemberStatus if status is not MemberStatus.INVITED),
        replace(INVITED, waiting=True),
    ],
)
def test_who_has_accepted_or_was_not_invited_is_not_removed(member: Member) -> None:
    decision = cancel_invitation(replace(REQUEST, subject=member), NOW)
    assert isinstance(decision, Reject)
    assert isinstance(decision.rejection, member_rejections.WrongStatus)
    assert decision.rejection.requested == "cancel_invitation"


def test_it_is_an_admin_action() -> None:
    assert cancel_invitation(replace(REQUEST, subject=None), NOW) == Reject(member_rejections.UnknownMember())
