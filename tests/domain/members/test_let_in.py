"""An admin buys seats for Blocked members and lets them in."""

from dataclasses import replace
from uuid import UUID

from contracts import billing_rejections, request_rejections
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from services.members.domain.admin_action import Reject
from services.members.domain.agency import Agency, Member
from services.members.domain.let_in import BuySeats, let_in
from tests.domain.members.test_admin_action import ADA, SIGNED

BO = Member(
    UUID(int=21),
    "bo@clinic.example",
    "Bo",
    SeatType.VOICE,
    Role.CLINICIAN,
    MemberStatus.BLOCKED,
    blocked_reason=BlockedReason.NO_SEAT_AVAILABLE,
    proven=True,
)
CY = replace(BO, id=UUID(int=22), email="cy@clinic.example", seat_type=SeatType.BASE)
KNOWN = {BO.id: BO, CY.id: CY}


def asked(*who: UUID, agency: Agency | None = SIGNED, actor: Member | None = ADA) -> BuySeats | Reject:
    return let_in(agency, actor, KNOWN, who)


def test_seats_are_bought_for_the_named_blocked_members_each_once() -> None:
    assert asked(CY.id, BO.id, CY.id) == BuySeats((CY, BO))


def test_a_member_who_is_not_blocked_any_more_makes_the_price_stale() -> None:
    gone = {BO.id: replace(BO, status=MemberStatus.REMOVED), CY.id: CY}
    assert let_in(SIGNED, ADA, gone, [BO.id, CY.id]) == Reject(billing_rejections.QuoteStale())
    assert asked(BO.id, UUID(int=99)) == Reject(billing_rejections.QuoteStale())


def test_it_needs_a_signed_baa_and_an_active_admin() -> None:
    assert asked(BO.id, agency=replace(SIGNED, baa=None)) == Reject(request_rejections.BaaUnsigned())
    assert asked(BO.id, actor=BO) == Reject(request_rejections.NotAnAdmin())
