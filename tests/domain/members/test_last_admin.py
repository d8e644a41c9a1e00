"""An agency always has an Active admin."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Member
from services.members.domain.last_admin import is_last_admin

ADA = Member(UUID(int=3), "ada@clinic.example", "Ada", SeatType.BASE, Role.ADMIN, MemberStatus.ACTIVE)
BO = replace(ADA, id=UUID(int=4), email="bo@clinic.example")


def test_the_only_active_admin_is_the_last() -> None:
    assert is_last_admin(ADA, [ADA, replace(BO, role=Role.CLINICIAN)])


def test_an_admin_beside_another_active_one_is_not_the_last() -> None:
    assert not is_last_admin(ADA, [ADA, BO])


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.ACTIVE])
def test_an_admin_who_is_not_active_keeps_no_agency(status: MemberStatus) -> None:
    assert is_last_admin(ADA, [ADA, replace(BO, status=status)])
    assert not is_last_admin(replace(BO, status=status), [ADA])


def test_a_clinician_is_never_the_last_admin() -> None:
    assert not is_last_admin(replace(ADA, role=Role.CLINICIAN), [])
