"""Codes and links of somebody who was removed, and invitations' links that are over."""

from datetime import timedelta

import pytest

from contracts.vocabulary import MemberStatus
from services.gateway.domain.invitation_link import LinkOver, LinkState, link_over
from services.gateway.domain.removed_since import removed_since
from tests.support.clock import START

SECOND = timedelta(seconds=1)


def test_a_code_of_a_member_who_was_never_removed_is_good() -> None:
    assert not removed_since(START, MemberStatus.INVITED, None)


def test_a_code_from_before_a_removal_is_dead_after_a_new_invitation() -> None:
    assert removed_since(START, MemberStatus.INVITED, START + SECOND)
    assert removed_since(START, MemberStatus.ACTIVE, START)


def test_a_code_from_after_the_removal_is_good() -> None:
    assert not removed_since(START + SECOND, MemberStatus.INVITED, START)


def test_a_code_of_a_removed_member_is_dead() -> None:
    assert removed_since(START + SECOND, MemberStatus.REMOVED, START)


def test_an_open_link_accepts_until_it_expires() -> None:
    ends = START + SECOND
    assert link_over(LinkState.OPEN, ends, MemberStatus.INVITED, START) is None
    assert link_over(LinkState.OPEN, ends, MemberStatus.INVITED, ends) is LinkOver.EXPIRED


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (LinkState.USED, LinkOver.USED),
        (LinkState.REPLACED, LinkOver.REPLACED),
        (LinkState.ENDED, LinkOver.ENDED),
        (LinkState.ORDERED, LinkOver.ENDED),
    ],
)
def test_a_link_that_is_over_says_why(state: LinkState, why: LinkOver) -> None:
    assert link_over(state, START + SECOND, MemberStatus.INVITED, START) is why


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.INVITED] + [None])
def test_an_open_link_accepts_only_for_an_invited_member(status: MemberStatus | None) -> None:
    assert link_over(LinkState.OPEN, START + SECOND, status, START) is LinkOver.ENDED
