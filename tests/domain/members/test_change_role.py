"""Clinician and Admin are exchanged for Active members only."""

from dataclasses import replace

import pytest

from contracts import member_rejections
from contracts.vocabulary import MemberStatus, Role
from services.members.domain.admin_action import Reject
from services.members.domain.change_role import Changed, change_role
from tests.domain.members.test_admin_action import ADA, NIA, REQUEST


def test_an_admin_makes_a_clinician_an_admin_and_again_a_clinician() -> None:
    admin = replace(NIA, role=Role.ADMIN)
    assert change_role(REQUEST, Role.ADMIN) == Changed(admin, Role.CLINICIAN)
    back = replace(REQUEST, subject=admin, members=[ADA, admin])
    assert change_role(back, Role.CLINICIAN) == Changed(NIA, Role.ADMIN)


def test_a_role_that_is_held_already_is_no_mistake() -> None:
    assert change_role(REQUEST, Role.CLINICIAN) == Changed(NIA, Role.CLINICIAN)
    assert change_role(replace(REQUEST, subject=ADA), Role.ADMIN) == Changed(ADA, Role.ADMIN)


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.ACTIVE])
def test_only_active_members_change_their_role(status: MemberStatus) -> None:
    request = replace(REQUEST, subject=replace(NIA, status=status))
    assert change_role(request, Role.ADMIN) == Reject(member_rejections.WrongStatus(status=status))


def test_the_last_admin_is_not_demoted() -> None:
    assert change_role(replace(REQUEST, subject=ADA), Role.CLINICIAN) == Reject(member_rejections.LastAdmin())
