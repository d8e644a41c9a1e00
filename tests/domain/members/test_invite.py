"""For explicit admin invites capacity is checked at invite time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts import member_rejections, rejections, request_rejections, seat_rejections
from contracts.vocabulary import BlockedReason, MemberStatus, Quantities, Role, SeatType
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Agency, Invitation, Member
from services.members.domain.capacity import Capacity
from services.members.domain.invitation import GOOD_FOR, Guest, Invited
from services.members.domain.invite import invite
from tests.domain.members.test_admin_action import ADA, NIA, SIGNED

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NEW_ID = UUID(int=20)
FREE = Capacity(purchased=Quantities(5, 5), active=Quantities(1, 1))
FULL = Capacity(purchased=Quantities(5, 1), active=Quantities(1, 1))
NOOR = Guest(UUID(int=30), "noor@elsewhere.example", "Noor", SeatType.VOICE, Role.CLINICIAN)
LINK = Invitation(NOOR.invitation_id, NOW + timedelta(days=14))


def test_somebody_new_of_any_mail_domain_is_invited_by_a_link_that_is_good_for_14_days() -> None:
    member = Member(
        NEW_ID,
        "noor@elsewhere.example",
        "Noor",
        SeatType.VOICE,
        Role.CLINICIAN,
        MemberStatus.INVITED,
        invitation=LINK,
    )
    assert invite(SIGNED, ADA, None, FREE, NOOR, NOW, NEW_ID) == Invited(member, LINK, None)
    assert timedelta(days=14) == GOOD_FOR


def test_if_the_agency_is_full_the_invite_is_rejected_with_the_figures() -> None:
    full = seat_rejections.NoSeatAvailable(SeatType.VOICE, purchased=1, active=1, waiting=0)
    assert invite(SIGNED, ADA, None, FULL, NOOR, NOW, NEW_ID) == Reject(full)
    base = replace(NOOR, seat_type=SeatType.BASE)
    assert isinstance(invite(SIGNED, ADA, None, FULL, base, NOW, NEW_ID), Invited), "the other type has room"


@pytest.mark.parametrize("status", [status for status in MemberStatus if status is not MemberStatus.REMOVED])
def test_a_current_member_is_not_invited_and_the_rejection_names_the_status(status: MemberStatus) -> None:
    known = replace(NIA, status=status)
    refused = Reject(member_rejections.AlreadyMember(status=status, member_id=NIA.id))
    assert invite(SIGNED, ADA, known, FREE, NOOR, NOW, NEW_ID) == refused
    assert invite(SIGNED, ADA, known, FULL, NOOR, NOW, NEW_ID) == refused, "full or not"


def test_a_removed_address_comes_back_as_the_same_member_with_the_new_values() -> None:
    gone = replace(NIA, status=MemberStatus.REMOVED, blocked_reason=BlockedReason.PAST_DUE)
    guest = replace(NOOR, email="NIA+new@clinic.example", role=Role.ADMIN)
    outcome = invite(SIGNED, ADA, gone, FREE, guest, NOW, NEW_ID)
    assert isinstance(outcome, Invited)
    assert outcome.before is MemberStatus.REMOVED
    assert outcome.member == Member(
        NIA.id,
        "NIA+new@clinic.example",
        "Noor",
        SeatType.VOICE,
        Role.ADMIN,
        MemberStatus.INVITED,
        invitation=LINK,
    )


@pytest.mark.parametrize(
    ("agency", "actor", "rejection"),
    [
        (replace(SIGNED, baa=None), ADA, request_rejections.BaaUnsigned()),
        (SIGNED, NIA, request_rejections.NotAnAdmin()),
        (None, ADA, request_rejections.NotAnAdmin()),
    ],
)
def test_only_an_active_admin_invites_and_only_under_a_signed_baa(
    agency: Agency | None, actor: Member, rejection: rejections.Rejection
) -> None:
    assert invite(agency, actor, None, FREE, NOOR, NOW, NEW_ID) == Reject(rejection)
