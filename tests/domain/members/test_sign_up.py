"""Signing up: the auto-join domain, and one mailbox is one member."""

from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Agency, Member
from services.members.domain.sign_up import Claim, Enter, Known, OtherDomain, sign_up

AGENCY = Agency("Clinic", "clinic.example")
NEW = UUID(int=7)


def test_a_sign_up_on_the_auto_join_domain_is_a_pending_login_that_holds_no_seat() -> None:
    outcome = sign_up(AGENCY, [], "bo+work@clinic.example", "Bo", SeatType.VOICE, NEW)
    assert isinstance(outcome, Enter)
    member = outcome.member
    assert (member.id, member.email, member.mailbox) == (NEW, "bo+work@clinic.example", "bo@clinic.example")
    assert (member.status, member.role) == (MemberStatus.PENDING_LOGIN, Role.CLINICIAN)
    assert (member.seat_type, member.plan_type, member.waiting) == (SeatType.VOICE, None, False)


@pytest.mark.parametrize("email", ["bo@other.example", "bo@mail.clinic.example", "bo@clinic.example.org"])
def test_a_sign_up_from_another_domain_is_rejected_and_a_subdomain_is_another_domain(email: str) -> None:
    assert sign_up(AGENCY, [], email, "Bo", SeatType.BASE, NEW) == OtherDomain("clinic.example")


def member(status: MemberStatus, email: str = "bo@clinic.example", number: int = 3, *, waiting: bool = False) -> Member:
    return Member(UUID(int=number), email, "Bo", SeatType.BASE, Role.CLINICIAN, status, waiting=waiting)


@pytest.mark.parametrize("email", ["bo@clinic.example", "bo+x@clinic.example"])
def test_another_sign_up_for_the_mailbox_of_a_pending_login_is_a_claim_and_changes_nothing(email: str) -> None:
    known = member(MemberStatus.PENDING_LOGIN)
    assert sign_up(AGENCY, [known], email, "Robert", SeatType.VOICE, NEW) == Claim(known)


@pytest.mark.parametrize("email", ["bo@clinic.example", "bo+x@clinic.example"])
@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.PENDING_LOGIN])
def test_a_sign_up_for_the_mailbox_of_any_other_member_changes_nothing(status: MemberStatus, email: str) -> None:
    known = member(status)
    assert sign_up(AGENCY, [known], email, "Robert", SeatType.VOICE, NEW) == Known(known)


def test_a_sign_up_while_the_first_login_waits_for_its_seat_is_no_claim() -> None:
    known = member(MemberStatus.PENDING_LOGIN, waiting=True)
    assert sign_up(AGENCY, [known], "bo+x@clinic.example", "Robert", SeatType.VOICE, NEW) == Known(known)


def test_of_several_spellings_in_a_mailbox_the_exact_one_decides_then_the_pending_login() -> None:
    pending = member(MemberStatus.PENDING_LOGIN, "bo@clinic.example")
    invited = member(MemberStatus.INVITED, "bo+x@clinic.example", 4)
    removed = member(MemberStatus.REMOVED, "bo+old@clinic.example", 5)
    everybody = [removed, invited, pending]

    def outcome(email: str, *known: Member) -> object:
        return sign_up(AGENCY, known, email, "Robert", SeatType.VOICE, NEW)

    assert outcome("bo+x@clinic.example", *everybody) == Known(invited)
    assert outcome("bo+old@clinic.example", *everybody) == Known(removed)
    assert outcome("bo@clinic.example", *everybody) == Claim(pending)
    assert outcome("bo+new@clinic.example", *everybody) == Claim(pending)
    assert outcome("bo+new@clinic.example", removed, invited) == Known(invited)


@pytest.mark.parametrize("agency", [None, Agency("Clinic", "clinic.example", rejected=True)])
def test_nobody_signs_up_at_an_agency_that_does_not_exist(agency: Agency | None) -> None:
    assert sign_up(agency, [], "bo@clinic.example", "Bo", SeatType.BASE, NEW) == OtherDomain(None)


def test_a_name_is_kept_as_it_was_given() -> None:
    outcome = sign_up(AGENCY, [], "bo@clinic.example", "Bo Berg", SeatType.VOICE, NEW)
    assert isinstance(outcome, Enter)
    assert outcome.member.name == "Bo Berg"
