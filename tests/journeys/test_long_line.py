"""Thousands log in for the first time at one full agency with Auto-Add ON."""

import os
from collections.abc import Sequence
from uuid import UUID, uuid4

from chassis.actor import LocalCommand
from contracts.members import RecordLogin, SignUp
from contracts.message import Command
from contracts.seats_purchases import MOST_NAMED
from contracts.topics import MESSAGE_BYTES
from contracts.vocabulary import ANYONE, Proof, SeatType, Service
from services.seats.domain.line import PORTION
from tests.journeys.test_burst import ADA, signed_in_admin, statuses
from tests.support.journey import Journey, text_of

MANY = int(os.environ.get("HEADCOUNT_TEST_LINE", "1200"))
"""More than two transactions of seats serve; 20,000 take some minutes."""


async def send(journey: Journey, agency_id: UUID, commands: Sequence[Command]) -> None:
    """Send commands as the gateway does when people sign up and log in, a thousand in a transaction."""
    for start in range(0, len(commands), 1000):
        some = commands[start : start + 1000]
        command_id = uuid4()

        def decide(_: object, ctx: object, some: Sequence[Command] = some) -> None:
            for command in some:
                ctx.send(command, actor=ANYONE)  # type: ignore[attr-defined]

        local = LocalCommand(agency_id, None, decide, ANYONE, command_id, command_id)
        assert await journey.services[Service.GATEWAY].runtime.execute([local]) == [None]


async def test_thousands_who_log_in_at_once_share_few_purchases_and_all_get_in_in_order(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, auto_add=True)
    agency_id = journey.published("members.activated.v1")[0].envelope.agency_id
    assert agency_id is not None
    sign_ups = [SignUp(email=f"c{n}@harbor.example", name=f"C{n}", seat_type=SeatType.BASE) for n in range(MANY)]
    await send(journey, agency_id, sign_ups)
    await journey.drain()
    people = [event.data.member_id for event in journey.published("members.signed_up.v1")]
    journey.bus.held = {Service.BILLING}
    await send(journey, agency_id, [RecordLogin(member_id=person, proof=Proof.CODE) for person in people])
    await journey.drain()
    journey.bus.held = set()
    await journey.pass_time(30)
    assert await statuses(journey, ada) == {"active": MANY + 1}
    updates = await journey.updates()
    assert len(updates) <= 3, "at most three purchases"
    arrived = [event.data.member_id for event in journey.published("members.first_login.v1")]
    assert [event.data.member_id for event in journey.published("seats.seat_assigned.v1")][1:] == arrived
    purchases = journey.published("seats.seats_auto_added.v1")
    assert (sum(purchase.data.served_count for purchase in purchases), len(purchases)) == (MANY, len(updates))
    assert (await ada.get("/seats"))["base"]["purchased"] == MANY + 1, "each seat is paid for once"
    largest = max(len(record.value or b"") for log in journey.bus.log.values() for record in log)
    assert largest < MESSAGE_BYTES // 100, "no message grows with the line"
    mails = [mail for mail in journey.letterbox.to(ADA) if "are in:" in mail["Subject"]]
    text = text_of(mails[-1])
    count = purchases[-1].data.served_count
    assert f"{count:,} clinicians are in" in mails[-1]["Subject"]
    assert text.count("@harbor.example: Base") == MOST_NAMED
    assert f"- and {count - MOST_NAMED:,} more, listed in Activity: " in text
    assert count > PORTION, "in more than one transaction"
