"""The pick of the person who proves the address replaces what strangers typed before."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts.vocabulary import MemberStatus, Role, SeatType
from services.members.domain.agency import Agency, Member
from services.members.domain.first_login import CheckCapacity, Record, Unknown, record_login
from services.members.domain.pick import Details, Pick, details_of, with_pick

AGENCY = Agency("Clinic", "clinic.example")
ROW = Member(
    UUID(int=3), "bo+x@clinic.example", "Silly Clown", SeatType.VOICE, Role.CLINICIAN, MemberStatus.PENDING_LOGIN
)
MINE = Details("bo@clinic.example", "Bo Berg", SeatType.BASE)
PICK = Pick(MINE, instead_of=details_of(ROW))
COMMAND = UUID(int=7)


def test_the_first_login_takes_address_name_and_seat_type_from_the_pick() -> None:
    outcome = record_login(AGENCY, ROW, PICK, None, COMMAND)
    assert isinstance(outcome, CheckCapacity)
    assert (details_of(outcome.member), outcome.member.waiting, outcome.member.proven) == (MINE, True, True)


def test_what_an_admin_has_corrected_since_stays_and_the_proven_address_is_taken() -> None:
    corrected = replace(ROW, name="Bo B. Berg", seat_type=SeatType.BASE)
    pick = replace(PICK, details=replace(MINE, seat_type=SeatType.VOICE))
    proven = with_pick(corrected, pick, None)
    assert proven == replace(corrected, email=MINE.email)


def test_an_address_that_an_admin_has_replaced_since_signs_nobody_in() -> None:
    corrected = replace(ROW, email="robert@clinic.example")
    assert with_pick(corrected, PICK, None) is None
    same_mailbox = replace(ROW, email="bo+work@clinic.example")
    assert with_pick(same_mailbox, PICK, None) is None
    as_corrected = with_pick(replace(ROW, email=MINE.email), PICK, None)
    assert as_corrected is not None, "the admin gave the very address that is proven"
    assert as_corrected.email == MINE.email


@pytest.mark.parametrize("email", ["eve@clinic.example", "bo@other.example"])
def test_an_address_in_another_mailbox_signs_nobody_in(email: str) -> None:
    assert record_login(AGENCY, ROW, Pick(replace(MINE, email=email), details_of(ROW)), None, COMMAND) == Unknown()


def test_an_address_that_another_member_has_is_that_members() -> None:
    other = replace(ROW, id=UUID(int=4), email=MINE.email, status=MemberStatus.INVITED)
    assert record_login(AGENCY, ROW, PICK, other, COMMAND) == Unknown()


@pytest.mark.parametrize(
    "later",
    [
        replace(ROW, waiting=True),
        *(replace(ROW, status=status) for status in MemberStatus if status is not MemberStatus.PENDING_LOGIN),
    ],
)
def test_after_the_first_login_a_pick_changes_nothing_and_another_spelling_is_nobodys(later: Member) -> None:
    assert with_pick(later, PICK, None) is None
    own = Pick(replace(MINE, email=later.email), details_of(ROW))
    assert with_pick(later, own, later) == later


def test_a_second_login_with_the_same_address_is_only_recorded() -> None:
    first = record_login(AGENCY, ROW, PICK, None, COMMAND)
    assert isinstance(first, CheckCapacity)
    other_pick = replace(PICK, details=replace(MINE, seat_type=SeatType.VOICE))
    assert record_login(AGENCY, first.member, other_pick, first.member, UUID(int=8)) == Record(first.member)


def test_a_login_without_a_pick_keeps_the_details() -> None:
    outcome = record_login(AGENCY, ROW, None, None, COMMAND)
    assert outcome == CheckCapacity(replace(ROW, waiting=True, proven=True))
