"""One click accepts, once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus
from services.members.domain.accept_invite import Accept, LinkExpired, accept_invite
from services.members.domain.agency import Agency, Invitation, Member
from tests.domain.members.test_admin_action import NIA, SIGNED
from tests.domain.members.test_invite import NOW

COMMAND = UUID(int=7)
LINK = Invitation(UUID(int=6), NOW + timedelta(seconds=1))
INVITED = replace(NIA, status=MemberStatus.INVITED, invitation=LINK)


@pytest.mark.parametrize("agency", [SIGNED, replace(SIGNED, baa=None)])
def test_the_newest_link_accepts_also_before_the_baa_is_signed(agency: Agency) -> None:
    accepted = replace(LINK, accepted_by=COMMAND)
    waiting = replace(INVITED, waiting=True, proven=True, invitation=accepted)
    assert accept_invite(agency, INVITED, LINK.id, NOW, COMMAND) == Accept(waiting, accepted)


@pytest.mark.parametrize(
    ("agency", "member"),
    [
        (SIGNED, None),
        (None, INVITED),
        (replace(SIGNED, rejected=True), INVITED),
        (SIGNED, replace(INVITED, waiting=True)),
        (SIGNED, replace(INVITED, invitation=Invitation(UUID(int=5), LINK.expires_at))),
        (SIGNED, replace(NIA, status=MemberStatus.REMOVED)),
        (SIGNED, NIA),
    ],
    ids=["nobody", "no agency", "refused agency", "used", "replaced", "removed", "active"],
)
def test_a_used_replaced_or_unknown_link_accepts_nothing(agency: Agency | None, member: Member | None) -> None:
    assert accept_invite(agency, member, LINK.id, NOW, COMMAND) == LinkExpired()


def test_a_link_accepts_nothing_from_the_moment_it_expires() -> None:
    assert accept_invite(SIGNED, INVITED, LINK.id, LINK.expires_at, COMMAND) == LinkExpired()
