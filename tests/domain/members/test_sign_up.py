"""Signing up: the auto-join domain, and one mailbox is one member."""

from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Agency, Member
from services.members.domain.sign_up import Enter, Known, OtherDomain, sign_up

AGENCY = Agency("Clinic", "clinic.example")
NEW = UUID(int=7)


def test_a_sign_up_on_the_auto_join_domain_is_a_pending_login_that_holds_no_seat() -> None:
    outcome = sign_up(AGENCY, None, "bo+work@clinic.example", "Bo", SeatType.VOICE, NEW)
    assert isinstance(outcome, Enter)
    member = outcome.member
    assert (member.id, member.email, member.mailbox) == (NEW, "bo+work@clinic.example", "bo@clinic.example")
    assert (member.status, member.role) == (MemberStatus.PENDING_LOGIN, Role.CLINICIAN)
    assert (member.seat_type, member.plan_type, member.waiting) == (SeatType.VOICE, None, False)


@pytest.mark.parametrize("email", ["bo@other.example", "bo@mail.clinic.example", "bo@clinic.example.org"])
def test_a_sign_up_from_another_domain_is_rejected_and_a_subdomain_is_another_domain(email: str) -> None:
    assert sign_up(AGENCY, None, email, "Bo", SeatType.BASE, NEW) == OtherDomain("clinic.example")


@pytest.mark.parametrize("status", MemberStatus)
def test_a_sign_up_of_a_known_mailbox_changes_nothing_whatever_its_status(status: MemberStatus) -> None:
    known = Member(UUID(int=3), "bo@clinic.example", "Bo", SeatType.BASE, Role.CLINICIAN, status)
    assert sign_up(AGENCY, known, "BO+x@clinic.example", "Robert", SeatType.VOICE, NEW) == Known(known)


@pytest.mark.parametrize("agency", [None, Agency("Clinic", "clinic.example", rejected=True)])
def test_nobody_signs_up_at_an_agency_that_does_not_exist(agency: Agency | None) -> None:
    assert sign_up(agency, None, "bo@clinic.example", "Bo", SeatType.BASE, NEW) == OtherDomain(None)


def test_a_name_is_kept_as_it_was_given() -> None:
    outcome = sign_up(AGENCY, None, "bo@clinic.example", "Bo Berg", SeatType.VOICE, NEW)
    assert isinstance(outcome, Enter)
    assert outcome.member.name == "Bo Berg"
