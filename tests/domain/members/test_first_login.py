"""The first login is the only trigger of the capacity check."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.accept_invite import Accept
from services.members.domain.agency import Agency, Invitation, Member
from services.members.domain.first_login import CheckCapacity, Record, Unknown, record_login

AGENCY = Agency("Clinic", "clinic.example")
BO = Member(UUID(int=3), "bo@clinic.example", "Bo", SeatType.BASE, Role.CLINICIAN, MemberStatus.PENDING_LOGIN)

COMMAND = UUID(int=7)
LINK = Invitation(UUID(int=6), datetime(2026, 3, 2, tzinfo=UTC))


def test_the_first_login_of_a_pending_login_starts_the_capacity_check() -> None:
    assert record_login(AGENCY, BO, None, None, COMMAND) == CheckCapacity(replace(BO, waiting=True, proven=True))


def test_another_login_while_the_first_waits_checks_nothing() -> None:
    waiting = replace(BO, waiting=True, proven=True)
    assert record_login(AGENCY, waiting, None, None, COMMAND) == Record(waiting)


def test_an_invited_person_who_signs_in_with_a_code_accepts_by_it_also_after_the_link_has_expired() -> None:
    invited = replace(BO, status=MemberStatus.INVITED, invitation=LINK)
    accepted = replace(LINK, accepted_by=COMMAND)
    waiting = replace(invited, waiting=True, proven=True, invitation=accepted)
    assert record_login(AGENCY, invited, None, None, COMMAND) == Accept(waiting, accepted)
    assert record_login(AGENCY, waiting, None, None, UUID(int=8)) == Record(waiting), (
        "while they wait it is a login like any other"
    )


@pytest.mark.parametrize("status", [MemberStatus.ACTIVE, MemberStatus.BLOCKED])
def test_a_later_login_is_recorded_and_checks_nothing(status: MemberStatus) -> None:
    member = replace(BO, status=status)
    assert record_login(AGENCY, member, None, None, COMMAND) == Record(replace(member, proven=True))


@pytest.mark.parametrize(
    ("agency", "member"),
    [
        (AGENCY, None),
        (AGENCY, replace(BO, status=MemberStatus.REMOVED)),
        (None, BO),
        (replace(AGENCY, rejected=True), BO),
    ],
)
def test_a_login_without_a_member_is_rejected_as_of_an_unknown_member(
    agency: Agency | None, member: Member | None
) -> None:
    assert record_login(agency, member, None, None, COMMAND) == Unknown()
