"""An admin corrects a wrong name, seat type or address."""

from dataclasses import replace
from uuid import UUID

import pytest

from contracts import member_rejections, request_rejections, seat_rejections
from contracts.member_rejections import WrongStatus
from contracts.vocabulary import MemberStatus, Quantities, SeatType
from services.members.domain.admin_action import AdminRequest, Reject
from services.members.domain.agency import Agency, Invitation, Member
from services.members.domain.capacity import Capacity
from services.members.domain.correct_details import Corrected, Correction, correct_details
from services.members.domain.invitation import GOOD_FOR
from services.members.domain.pick import details_of
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED
from tests.domain.members.test_invite import NOW

DOMAIN = SIGNED.domain
LINK = UUID(int=60)
OLD = Invitation(UUID(int=59), NOW)
FULL = Capacity()
ROOM = Capacity(purchased=Quantities(3, 3))
CURRENT = [status for status in MemberStatus if status is not MemberStatus.REMOVED]
SEATLESS = [MemberStatus.PENDING_LOGIN, MemberStatus.INVITED, MemberStatus.BLOCKED]
UNPROVEN = [MemberStatus.PENDING_LOGIN, MemberStatus.INVITED]
NEW_NAME = Correction(name="Bo Berg")
NEW_SEAT = Correction(seat_type=SeatType.VOICE)
NEW_ADDRESS = Correction(email=f"bo.berg@{DOMAIN}", invitation_id=LINK)


def row(status: MemberStatus, *, proven: bool = False, waiting: bool = False) -> Member:
    invitation = OLD if status is MemberStatus.INVITED else None
    return replace(
        NIA,
        email=f"bo@{DOMAIN}",
        seat_type=SeatType.BASE,
        plan_type=SeatType.BASE if status is MemberStatus.ACTIVE else None,
        status=status,
        proven=proven,
        waiting=waiting,
        invitation=invitation,
    )


def correct(
    member: Member | None,
    correction: Correction,
    *namesakes: Member,
    capacity: Capacity = ROOM,
    agency: Agency | None = SIGNED,
    actor: Member | None = ADA,
) -> Corrected | Reject:
    everybody = [subject for subject in (actor, member) if subject is not None]
    return correct_details(AdminRequest(agency, actor, member, everybody), correction, namesakes, capacity, NOW)


@pytest.mark.parametrize("waiting", [False, True])
@pytest.mark.parametrize("status", CURRENT)
def test_the_name_of_every_current_member_is_corrected_and_nothing_else(status: MemberStatus, waiting: bool) -> None:
    member = row(status, proven=True, waiting=waiting)
    assert correct(member, NEW_NAME) == Corrected(replace(member, name="Bo Berg"), details_of(member), None)


@pytest.mark.parametrize("status", SEATLESS)
def test_the_seat_type_of_a_member_without_a_seat_is_corrected_and_the_status_stays(status: MemberStatus) -> None:
    member = row(status, proven=True)
    assert correct(member, NEW_SEAT) == Corrected(replace(member, seat_type=SeatType.VOICE), details_of(member), None)


def test_only_an_invitations_seat_type_needs_a_free_seat_as_an_invite_does() -> None:
    outcome = correct(row(MemberStatus.INVITED), NEW_SEAT, capacity=FULL)
    assert isinstance(outcome, Reject)
    assert isinstance(outcome.rejection, seat_rejections.NoSeatAvailable)
    for status in (MemberStatus.PENDING_LOGIN, MemberStatus.BLOCKED):
        assert isinstance(correct(row(status), NEW_SEAT, capacity=FULL), Corrected)
    same = Correction(seat_type=SeatType.BASE)
    assert isinstance(correct(row(MemberStatus.INVITED), same, capacity=FULL), Corrected), "nothing changes"


def test_the_seat_of_an_active_member_is_swapped_and_not_corrected() -> None:
    wrong = WrongStatus(MemberStatus.ACTIVE, requested="seat_type")
    assert correct(row(MemberStatus.ACTIVE), NEW_SEAT) == Reject(wrong)


def test_a_pending_logins_address_is_corrected_to_another_of_the_auto_join_domain() -> None:
    member = row(MemberStatus.PENDING_LOGIN)
    corrected = replace(member, email=f"bo.berg@{DOMAIN}")
    assert correct(member, NEW_ADDRESS) == Corrected(corrected, details_of(member), None)
    elsewhere = Correction(email="bo@elsewhere.example", invitation_id=LINK)
    assert correct(member, elsewhere) == Reject(member_rejections.DomainNotAutoJoin(DOMAIN))


def test_an_invited_members_new_address_gets_a_fresh_link_and_the_old_one_ends() -> None:
    member = row(MemberStatus.INVITED)
    outcome = correct(member, Correction("Bo Berg", SeatType.VOICE, "bo@elsewhere.example", LINK))
    assert isinstance(outcome, Corrected)
    assert outcome.invited is not None
    assert outcome.member == replace(
        member,
        name="Bo Berg",
        seat_type=SeatType.VOICE,
        email="bo@elsewhere.example",
        invitation=Invitation(LINK, NOW + GOOD_FOR),
    )
    assert (outcome.invited.member, outcome.invited.before) == (outcome.member, MemberStatus.INVITED)
    named_only = correct(member, Correction("Bo Berg", email=member.email, invitation_id=LINK))
    assert isinstance(named_only, Corrected)
    assert named_only.invited is None, "the same address keeps its link"


@pytest.mark.parametrize("status", UNPROVEN)
def test_an_address_that_somebody_has_proven_is_never_replaced(status: MemberStatus) -> None:
    assert correct(row(status, proven=True), NEW_ADDRESS) == Reject(WrongStatus(status, requested="email"))


@pytest.mark.parametrize("status", [MemberStatus.ACTIVE, MemberStatus.BLOCKED])
def test_the_address_of_a_member_who_has_logged_in_is_never_replaced(status: MemberStatus) -> None:
    assert correct(row(status), NEW_ADDRESS) == Reject(WrongStatus(status, requested="email"))


@pytest.mark.parametrize("correction", [NEW_SEAT, NEW_ADDRESS])
@pytest.mark.parametrize("status", UNPROVEN)
def test_a_member_who_waits_for_a_seat_keeps_seat_type_and_address(
    status: MemberStatus, correction: Correction
) -> None:
    assert correct(row(status, waiting=True), correction) == Reject(WrongStatus(status, waits=1))


@pytest.mark.parametrize("taken_by", MemberStatus)
def test_an_address_of_another_member_is_taken_whatever_the_members_status(taken_by: MemberStatus) -> None:
    other = replace(row(taken_by), id=UUID(int=77), email=f"bo.berg@{DOMAIN}")
    taken = Reject(member_rejections.AlreadyMember(taken_by, other.id))
    for status in UNPROVEN:
        assert correct(row(status), NEW_ADDRESS, other) == taken


def test_only_an_invitation_may_share_a_mailbox_with_another_member() -> None:
    other = replace(row(MemberStatus.ACTIVE), id=UUID(int=77), email=f"bo.berg+x@{DOMAIN}")
    assert isinstance(correct(row(MemberStatus.INVITED), NEW_ADDRESS, other), Corrected)
    taken = Reject(member_rejections.AlreadyMember(MemberStatus.ACTIVE, other.id))
    assert correct(row(MemberStatus.PENDING_LOGIN), NEW_ADDRESS, other) == taken


def test_a_pending_login_may_get_another_spelling_of_its_own_mailbox() -> None:
    member = row(MemberStatus.PENDING_LOGIN)
    spelling = Correction(email=f"bo+clinic@{DOMAIN}", invitation_id=LINK)
    assert isinstance(correct(member, spelling, member), Corrected)


@pytest.mark.parametrize("correction", [NEW_NAME, NEW_SEAT, NEW_ADDRESS])
def test_nothing_of_a_removed_member_is_corrected(correction: Correction) -> None:
    assert correct(row(MemberStatus.REMOVED), correction) == Reject(WrongStatus(MemberStatus.REMOVED))


def test_a_correction_is_an_admin_action() -> None:
    member = row(MemberStatus.PENDING_LOGIN)
    assert correct(member, NEW_NAME, agency=replace(SIGNED, baa=None)) == Reject(request_rejections.BaaUnsigned())
    assert correct(member, NEW_NAME, actor=NIA) == Reject(request_rejections.NotAnAdmin())
    assert correct(None, NEW_NAME) == Reject(member_rejections.UnknownMember())
