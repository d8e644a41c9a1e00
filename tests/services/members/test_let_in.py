"""The members service on a real database: Blocked members for whom an admin buys seats."""

from uuid import UUID, uuid4

import pytest

from contracts.members import LetIn, Remove
from contracts.message import Seats, read_rejection
from contracts.seats import SeatAssigned, SeatsCommandRejected
from contracts.seats_purchases import Adjust, SeatsAdjusted
from contracts.vocabulary import BillingCycle, BlockedReason, MemberStatus, RejectionCode, SeatType, member
from tests.services.members.test_invites import Agency, of, one
from tests.services.members.test_members import founded, signature
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

BASE = SeatType.BASE


@pytest.fixture
async def agency(service: OneService) -> Agency:
    agency_id, ada = await founded(service)
    agency = Agency(service, agency_id, ada)
    await agency.ask(signature())
    return agency


async def let_in(agency: Agency, *who: UUID, command: UUID | None = None) -> list[PublishedMessage]:
    change = LetIn(member_ids=who, after=Seats(base=4, voice=1), quote_id=uuid4())
    return await agency.ask(change, id=command or uuid4())


async def test_the_change_is_one_command_to_seats_and_ends_after_they_are_active(agency: Agency) -> None:
    ann, bo = await agency.blocked("ann@clinic.example"), await agency.blocked("bo@clinic.example")
    mine = uuid4()
    sent = one(await let_in(agency, ann, bo, command=mine))
    assert isinstance(sent.data, Adjust)
    assert [(p.member_id, p.seat_type, p.reason) for p in sent.data.let_in] == [
        (ann, BASE, BlockedReason.NO_SEAT_AVAILABLE),
        (bo, BASE, BlockedReason.NO_SEAT_AVAILABLE),
    ]
    assert (sent.envelope.correlation_id, sent.envelope.actor) == (mine, member(agency.ada))
    for person in (ann, bo):
        seat = SeatAssigned(member_id=person, seat_type=BASE)
        activated = one(await agency.ask(seat, correlation_id=sent.envelope.id))
        assert (activated.type, activated.data.before) == ("members.activated.v1", MemberStatus.BLOCKED)
    adjusted = SeatsAdjusted(
        operation_id=uuid4(),
        before=Seats(base=2, voice=1),
        after=Seats(base=4, voice=1),
        charged=3120,
        new_total=9900,
        cycle=BillingCycle.MONTHLY,
        let_in_for=mine,
        let_in_count=2,
    )
    ended = one(await agency.ask(adjusted, correlation_id=sent.envelope.id))
    assert (ended.type, ended.envelope.correlation_id) == ("members.blocked_let_in.v1", mine)
    assert (ended.data.let_in_count, ended.data.left_out, ended.data.charged) == (2, 0, 3120)
    others = adjusted.model_copy(update={"let_in_for": None})
    assert await agency.ask(others) == [], "any other change is none of ours"


async def test_a_rejection_by_seats_ends_the_admins_command_with_the_same_figures(agency: Agency) -> None:
    ann, mine = await agency.blocked("ann@clinic.example"), uuid4()
    sent = one(await let_in(agency, ann, command=mine))
    declined = SeatsCommandRejected(
        command_id=str(sent.envelope.id),
        command_type=Adjust.type,
        code=RejectionCode.PAYMENT_DECLINED,
        figures=read_rejection("payment_declined", {"decline_code": "insufficient_funds"}),
    )
    ended = one(await agency.ask(declined, correlation_id=mine))
    assert (ended.type, ended.data.command_id, ended.data.command_type) == (
        "members.command_rejected.v1",
        str(mine),
        LetIn.type,
    )
    assert (ended.data.code, ended.data.figures.as_json()) == (
        RejectionCode.PAYMENT_DECLINED,
        {"decline_code": "insufficient_funds"},
    )
    admins = declined.model_copy(update={"command_id": str(mine)})
    assert await agency.ask(admins, correlation_id=mine) == [], "an admin's own change at seats is not ours to end"


async def test_somebody_who_is_not_blocked_any_more_makes_the_price_stale(agency: Agency) -> None:
    ann, bo = await agency.blocked("ann@clinic.example"), await agency.blocked("bo@clinic.example")
    await agency.ask(Remove(member_id=bo))
    refused = of(await let_in(agency, ann, bo), "command_rejected")
    assert [rejection.data.code for rejection in refused] == [RejectionCode.QUOTE_STALE]
