"""Seats by day over HTTP: what each UTC day ended with, however the events came."""

from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts.message import Message, Seats
from contracts.seats import CapacityChanged, SeatSwapped
from contracts.vocabulary import MemberStatus, Role, SeatType
from tests.support.clock import START
from tests.support.gateway_harness import GatewayHarness

PATH = "/api/v1/seats/history"
DAY = 24 * 3600


def capacity(base: int, voice: int) -> CapacityChanged:
    return CapacityChanged(purchased=Seats(base=base, voice=voice), incoming=Seats(), waiting=Seats())


def seated(member_id: UUID, seat_type: SeatType = SeatType.VOICE) -> events.Activated:
    return events.Activated(member_id=member_id, seat_type=seat_type, role=Role.CLINICIAN)


async def history(browser: httpx.AsyncClient, query: str = "") -> list[tuple[Any, ...]]:
    response = await browser.get(f"{PATH}{query}")
    assert response.status_code == 200, response.text
    return [
        (
            *(day["day"], day["base"]["purchased"], day["base"]["active"]),
            day["voice"]["purchased"],
            day["voice"]["active"],
        )
        for day in response.json()["days"]
    ]


async def handle_event(front: GatewayHarness, event: Message, day: int, *, agency: UUID | None = None) -> None:
    """Handle an event published so many days after the agency opened."""
    at = START + timedelta(days=day)
    record = front.service.sender.record(event, agency or front.agency_id, at=at)
    await front.service.handle_records([record])


async def test_each_day_has_its_last_numbers_and_a_day_without_a_change_the_numbers_before_it(
    front: GatewayHarness,
) -> None:
    await front.agency(base=3, voice=1)
    noor, sam = await front.signed_up("noor@harbor.example"), await front.signed_up("sam@harbor.example")
    await handle_event(front, seated(noor), 1)
    await handle_event(front, capacity(3, 2), 3)
    await handle_event(front, seated(sam), 3)
    await handle_event(front, SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE), 4)
    await handle_event(front, events.PlanTypeChanged(member_id=noor, before=SeatType.VOICE, plan_type=SeatType.BASE), 4)
    await handle_event(front, events.Removed(member_id=sam, before=MemberStatus.ACTIVE, plan_type=SeatType.VOICE), 5)
    await handle_event(front, events.Removed(member_id=uuid4(), before=MemberStatus.INVITED), 5)
    front.service.clock.advance(6 * DAY)
    admin = await front.sign_in()
    assert await history(admin) == [
        ("2026-03-02", 3, 1, 1, 0),
        ("2026-03-03", 3, 1, 1, 1),
        ("2026-03-04", 3, 1, 1, 1),
        ("2026-03-05", 3, 1, 2, 2),
        ("2026-03-06", 3, 2, 2, 1),
        ("2026-03-07", 3, 2, 2, 0),
        ("2026-03-08", 3, 2, 2, 0),
    ], "days before the agency opened are left out"
    assert await history(admin, "?days=2") == [("2026-03-07", 3, 2, 2, 0), ("2026-03-08", 3, 2, 2, 0)]
    assert len(await history(admin, "?days=400")) == 7
    seats = (await admin.get("/api/v1/seats")).json()
    assert [(seats[seat_type]["purchased"], seats[seat_type]["active"]) for seat_type in ("base", "voice")] == [
        (3, 2),
        (2, 0),
    ]


@pytest.mark.parametrize("days", ["0", "401", "x"])
async def test_at_most_400_days_are_returned(front: GatewayHarness, days: str) -> None:
    await front.agency()
    response = await (await front.sign_in()).get(f"{PATH}?days={days}")
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert "days" in response.json()["errors"]


async def test_the_history_is_the_agencys_own(front: GatewayHarness) -> None:
    await front.agency()
    other = uuid4()
    await front.agency(base=9, voice=9, agency=other, domain="lakeside.example")
    admin = await front.sign_in()
    assert await history(admin) == [("2026-03-02", 3, 1, 1, 0)]


async def test_a_replay_in_one_batch_makes_the_days_on_which_the_events_were_published(front: GatewayHarness) -> None:
    await front.agency()
    other, rng, clock = uuid4(), Random(3), START
    await front.agency(agency=other, domain="lakeside.example")
    published: list[tuple[Message, date, Any]] = []
    seats: dict[UUID, SeatType] = {}
    expected: dict[date, tuple[int, int, int, int]] = {}
    purchased = (3, 1)
    for _ in range(120):
        clock += timedelta(hours=rng.randrange(1, 30))
        match rng.randrange(4):
            case 0:
                purchased = (rng.randrange(20), rng.randrange(20))
                published.append((capacity(*purchased), clock.date(), clock))
            case 1 if seats:
                gone = rng.choice(list(seats))
                held = seats.pop(gone)
                event = events.Removed(member_id=gone, before=MemberStatus.ACTIVE, plan_type=held)
                published.append((event, clock.date(), clock))
            case 2 if seats:
                moved = rng.choice(list(seats))
                before = seats[moved]
                seats[moved] = SeatType.BASE if before is SeatType.VOICE else SeatType.VOICE
                swap = events.PlanTypeChanged(member_id=moved, before=before, plan_type=seats[moved])
                published.append((swap, clock.date(), clock))
            case _:
                fresh, kind = uuid4(), rng.choice(list(SeatType))
                seats[fresh] = kind
                published.append((seated(fresh, kind), clock.date(), clock))
        held_now = list(seats.values())
        # The first admin holds a Base seat from the first day.
        base = (purchased[0], 1 + held_now.count(SeatType.BASE))
        expected[clock.date()] = (*base, purchased[1], held_now.count(SeatType.VOICE))
    sender = front.service.sender
    together = [sender.record(event, front.agency_id, at=at) for event, _, at in published]
    await front.service.handle_records(together)
    for each, _, at in published:
        await front.service.handle_records([sender.record(each, other, at=at)])
    front.service.clock.now = clock
    reading = front.http.gateway.reading
    days = await reading.seat_history(front.agency_id, 400)
    assert days == await reading.seat_history(other, 400)
    found = {day.day: (day.purchased.base, day.active.base, day.purchased.voice, day.active.voice) for day in days}
    assert {day: found[day] for day in expected} == expected
    assert len(days) == (clock.date() - START.date()).days + 1
