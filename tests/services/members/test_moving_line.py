"""The members service on a real database: the line of Blocked members that moves by itself."""

from uuid import UUID

import pytest

from contracts.members import Remove
from contracts.moving_line import SetMovingLine
from contracts.seats import SeatAssigned
from services.members import store
from tests.services.members.test_invites import BASE, Agency, of
from tests.services.members.test_members import founded, signature
from tests.support.bus import PublishedMessage
from tests.support.one_service import OneService

NAMES = ("ann", "bo", "cy", "dee", "eli")


@pytest.fixture
async def agency(service: OneService) -> Agency:
    agency_id, ada = await founded(service)
    agency = Agency(service, agency_id, ada)
    await agency.ask(signature())
    return agency


def offered(published: list[PublishedMessage]) -> list[UUID]:
    return [message.data.member_id for message in of(published, "seat_offered")]


async def test_a_long_line_moves_on_as_its_head_is_let_in(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "HEAD", 1)
    line = [await agency.blocked(f"{name}@clinic.example") for name in NAMES]
    await agency.purchased(base=20)
    first = await agency.ask(SetMovingLine(enabled=True))
    went = offered(first)
    assert 1 <= len(went) < len(line), "the head of the line is loaded, not all of it"
    assert len({message.envelope.correlation_id for message in first}) == 1 + len(went), "no command waits for an offer"
    while went != line:
        seats = [SeatAssigned(member_id=member_id, seat_type=BASE) for member_id in went]
        await agency.service.handle_records([agency.service.sender.record(seat, agency.id) for seat in seats])
        more = offered(await agency.service.published())
        assert more, "it goes on without another message"
        went += more


async def test_a_denied_member_keeps_the_place_and_is_offered_the_next_seat_that_gets_free(agency: Agency) -> None:
    ann, bo, cy = [await agency.blocked(f"{name}@clinic.example") for name in NAMES[:3]]
    await agency.ask(SetMovingLine(enabled=True))
    await agency.purchased(base=1)
    [offer] = of(await agency.service.published(), "seat_offered")
    assert offer.data.member_id == ann
    assert await agency.deny(ann, offer.envelope.correlation_id) == [], "nobody is Blocked again"
    await agency.purchased(base=2)
    assert offered(await agency.service.published()) == [ann, bo]
    for member_id in (ann, bo):
        await agency.ask(SeatAssigned(member_id=member_id, seat_type=BASE))
    assert offered(await agency.ask(Remove(member_id=ann))) == [cy], "in the transaction that frees the seat"
