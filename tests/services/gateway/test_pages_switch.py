"""The agency switcher: shown to people of several agencies, and a session of another agency only by a new proof."""

from uuid import uuid4

from contracts import members as events
from contracts.vocabulary import Role, SeatType
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Visitor

ADA = "ada@harbor.example"


async def test_a_person_of_two_agencies_switches_by_proving_the_same_address_anew(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(await front.sign_in())
    await person.open("/sessions")
    assert "Switch agency" not in person.page
    other = uuid4()
    await front.agency(agency=other, domain="lakeside.example")
    there = events.SignedUp(member_id=uuid4(), email=ADA, name="Ada Admin", seat_type=SeatType.BASE)
    await front.handle(there, agency=other)
    active = events.Activated(member_id=there.member_id, seat_type=SeatType.BASE, role=Role.CLINICIAN)
    await front.handle(active, agency=other)
    await person.open("/sessions")
    assert "You also belong to Clinic of lakeside.example" in person.page
    assert person.fields("/login")["email"] == ADA
    await person.press("/login")
    assert person.at.headers["Location"] == "/login/code"
    # Until the code is entered, the session stays what it was.
    assert (await person.browser.get("/api/v1/me")).json()["agency"]["name"] == "Clinic of harbor.example"
