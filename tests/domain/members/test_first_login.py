"""The first login is the only trigger of the capacity check."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Agency, Member
from services.members.domain.first_login import CheckCapacity, Record, Unknown, record_login

AGENCY = Agency("Clinic", "clinic.example")
BO = Member(UUID(int=3), "bo@clinic.example", "Bo", SeatType.BASE, Role.CLINICIAN, MemberStatus.PENDING_LOGIN)


def test_the_first_login_of_a_pending_login_asks_for_a_seat() -> None:
    assert record_login(AGENCY, BO) == CheckCapacity(replace(BO, waiting=True))


def test_another_login_while_the_first_waits_checks_nothing() -> None:
    waiting = replace(BO, waiting=True)
    assert record_login(AGENCY, waiting) == Record(waiting)


@pytest.mark.parametrize("status", [MemberStatus.ACTIVE, MemberStatus.BLOCKED, MemberStatus.INVITED])
def test_a_later_login_is_recorded_and_checks_nothing(status: MemberStatus) -> None:
    member = replace(BO, status=status)
    assert record_login(AGENCY, member) == Record(member)


@pytest.mark.parametrize(
    ("agency", "member"),
    [
        (AGENCY, None),
        (AGENCY, replace(BO, status=MemberStatus.REMOVED)),
        (None, BO),
        (replace(AGENCY, refused=True), BO),
    ],
)
def test_a_login_of_nobody_is_of_an_unknown_member(agency: Agency | None, member: Member | None) -> None:
    assert record_login(agency, member) == Unknown()
