"""Somebody who can write to the bus, and has no key, changes nothing and holds up nobody."""

from uuid import UUID, uuid4

from chassis.deferred_messages import DeferredMessage
from contracts.billing import SetQuantities
from contracts.macs import CommandKeys
from contracts.members import ChangeRole
from contracts.members_agencies import AddAdmin
from contracts.message import Message, Seats
from contracts.seats import SeatAssigned
from contracts.vocabulary import OPERATOR, Actor, Role, SeatType, Service, member
from database.postgres import connection
from services.cli.store_deferred import listing
from tests.support.bus import Sender, outgoing
from tests.support.journey import Browser, Journey
from tests.support.keys import COMMAND_KEY
from transport.records import StoredRecord

ADA = "ada@harbor.example"
NIA = "nia@harbor.example"


async def clinic(journey: Journey) -> tuple[Browser, Browser, UUID]:
    """An agency with a signed BAA: its admin Ada, the Active clinician Nia, and its id."""
    opened = await journey.open_agency(base=2)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await nia.join(NIA)
    await journey.drain()
    return ada, nia, UUID(opened.json()["agency"]["id"])


async def id_of(browser: Browser) -> UUID:
    return UUID((await browser.me())["id"])


def next_number(journey: Journey, message: Message, sender: str, agency: UUID) -> int:
    """The number that the real sender gives its next message."""
    stream = [dict(record.headers) for record in journey.bus.log[message.topic] if record.key == str(agency).encode()]
    return 1 + sum(headers.get("ce_source") == f"/{sender}".encode() for headers in stream)


def forge(journey: Journey, message: Message, agency: UUID, actor: Actor, sender: str | None = None) -> StoredRecord:
    seq = next_number(journey, message, sender or min(message.senders), agency)
    return Sender().record(message, agency, sender=sender, actor=actor, seq=seq, at=journey.clock())


async def inject(journey: Journey, record: StoredRecord, keys: CommandKeys | None = None) -> None:
    """Write a record to its topic past every service, signed with stolen keys if there are any."""
    sent = outgoing(record)
    if keys is not None:
        sent = sent._replace(headers=keys.signed(*sent))
    assert await journey.bus.publish([sent]) == [True]
    await journey.drain()


async def quarantined(journey: Journey, service: Service) -> list[DeferredMessage]:
    async with connection(journey.services[service].pool) as db:
        return [row for row in await listing(db) if row.kind == "quarantined"]


async def test_a_forged_change_of_role_is_not_obeyed_and_the_admins_next_one_works(journey: Journey) -> None:
    ada, nia, agency = await clinic(journey)
    command = ChangeRole(member_id=await id_of(nia), role=Role.ADMIN)
    await inject(journey, forge(journey, command, agency, member(await id_of(ada))))
    assert (await nia.me())["role"] == "clinician"
    [row] = await quarantined(journey, Service.MEMBERS)
    assert (row.agency_id, row.type) == (agency, "members.change_role.v1")
    assert row.reason == "no key of ours has made the MAC of this command"
    promoted = await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    assert (promoted.status_code, promoted.json()["role"]) == (200, "admin"), "with the number that the forged one took"


async def test_who_has_the_key_of_commands_still_cannot_act_as_the_operator(journey: Journey) -> None:
    ada, _, agency = await clinic(journey)
    stolen = CommandKeys.of([COMMAND_KEY], [COMMAND_KEY])
    command = AddAdmin(
        invitation_id=uuid4(), email="eve@elsewhere.example", name="Eve", seat_type=SeatType.BASE, sealed="sealed"
    )
    for actor in (OPERATOR, member(await id_of(ada))):
        await inject(journey, forge(journey, command, agency, actor), stolen)
    assert {person["email"] for person in (await ada.get("/members"))["items"]} == {ADA, NIA}
    assert {row.type for row in await quarantined(journey, Service.MEMBERS)} == {"members.add_admin.v1"}


async def test_a_service_is_not_believed_beyond_what_it_may_send(journey: Journey) -> None:
    ada, nia, agency = await clinic(journey)
    buys = SetQuantities(before=Seats(base=2), after=Seats(base=90))
    await inject(journey, forge(journey, buys, agency, member(await id_of(ada)), sender="gateway"))
    assert await journey.updates() == []
    [row] = await quarantined(journey, Service.BILLING)
    assert row.reason == "gateway may not send billing.set_quantities.v1 to billing.commands"
    seat = SeatAssigned(member_id=await id_of(nia), seat_type=SeatType.VOICE)
    await inject(journey, forge(journey, seat, agency, OPERATOR, sender="billing"))
    for service in (Service.MEMBERS, Service.GATEWAY):
        assert [row.type for row in await quarantined(journey, service)] == ["seats.seat_assigned.v1"]
    assert (await nia.me())["planType"] == "base"
