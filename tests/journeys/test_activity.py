"""The activity log of whole stories: exactly one sentence per change, and none for a change that changes nothing."""

import csv
import io
import re
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest

from contracts.vocabulary import SeatType, Service
from services.gateway import app as gateway
from services.gateway.application.reading import Entry, Reading
from services.gateway.model.activity import ActivityFilter
from tests.journeys.test_roles import ADA, NIA, id_of
from tests.support.databases import Databases
from tests.support.journey import Browser, Journey, text_of
from tests.support.migrated import migrate_all
from tests.support.one_service import OneService

CEM, DEE = "cem@harbor.example", "dee@harbor.example"


async def log(browser: Browser, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await browser.get(f"/activity{query}"))["items"]
    return items


async def story(browser: Browser) -> list[str]:
    """Return the sentences of the log, oldest first."""
    return [line["sentence"] for line in reversed(await log(browser))]


async def test_the_activity_log_lists_an_agencys_changes_in_order_with_actor_and_cost(journey: Journey) -> None:
    await journey.open_agency(base=1, voice=0)
    ada, nia, cem = journey.browser(), journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await cem.join(CEM, "voice")
    await ada.sign_baa()
    await ada.sign_baa()
    await ada.auto_add(True)
    await ada.auto_add(True)
    await nia.join(NIA, "voice")
    await journey.drain()
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    await nia.ask("PATCH", f"/members/{await id_of(ada)}", {"role": "clinician"})
    await nia.ask("DELETE", f"/members/{await id_of(ada)}")
    await nia.ask("DELETE", f"/members/{await id_of(cem)}")
    await cem.sign_up(CEM)
    await journey.drain()
    first, second = await invoices(journey)
    assert await story(nia) == [
        f"The operator opened Harbor Clinic with the auto-join domain harbor.example; {ADA} is its first admin",
        f"The plan began with 1 Base seat for $31.00/mo · $31.00 today, invoice {first['number']}",
        f"{ADA} is Active in a Base seat",
        f"{CEM} signed up for a Voice seat",
        f"{CEM} was Blocked: no Voice seat was free",
        "Ada Park signed the BAA, version 2026-11, as Ada Park, Director",
        "Ada Park switched Auto-Add Seats ON",
        f"{NIA} signed up for a Voice seat",
        f"Auto-Add bought 1 Voice seat for {NIA} · $59.99 today, invoice {second['number']}",
        f"{NIA} logged in for the first time and is Active in a Voice seat",
        f"Ada Park made {NIA} an admin",
        f"Nia Novak made {ADA} a clinician",
        f"Nia Novak removed {ADA}: their Base seat is freed and stays purchased",
        f"Nia Novak removed {CEM}, who was Blocked",
        f"{CEM} signed up again, but was removed: only an invitation lets them back in",
    ], "a repeated request adds no line"


async def invoices(journey: Journey) -> list[Any]:
    """Return Stripe's invoices, oldest first."""
    return list(reversed((await journey.stripe.get("invoices", limit=100))["data"]))


async def test_each_line_names_its_command_and_a_purchase_names_stripes_idempotency_key(
    journey: Journey,
) -> None:
    await journey.open_agency(base=1)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    await nia.join(NIA)
    await journey.drain()
    [bought] = await log(ada, "?actor=auto_add")
    [update] = await journey.updates()
    assert bought["operationId"] == update["idempotencyKey"]
    assert (bought["before"], bought["after"]) == ({"base": 1, "voice": 0}, {"base": 2, "voice": 0})
    assert bought["members"] == [{"id": await id_of(nia), "email": NIA, "name": "Nia Novak"}]
    switched = await ada.ask("PUT", "/settings/auto-add", {"enabled": False}, {"Idempotency-Key": "off"})
    assert switched.status_code == 200
    [line, *_] = await log(ada, "?kind=setting")
    assert line["actor"] == {"kind": "member", "id": await id_of(ada), "name": "Ada Park"}
    [command] = [command for command in journey.published("seats.set_auto_add.v1") if not command.data.enabled]
    assert line["operationId"] == str(command.envelope.id)


async def test_a_declined_purchase_and_the_blocked_clinicians_are_in_the_log(journey: Journey) -> None:
    await journey.open_agency(base=1)
    ada, nia, dee = journey.browser(), journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    await journey.stripe.fault("decline", path="/v1/subscriptions/*")
    await nia.join(NIA)
    await dee.join(DEE)
    await journey.drain()
    assert (await story(ada))[-5:] == [
        f"{NIA} signed up for a Base seat",
        (f"Auto-Add could not buy seats for {NIA}: the card was declined; nothing was charged, and Auto-Add is paused"),
        f"{NIA} was Blocked: the card was declined, so no Base seat was bought",
        f"{DEE} signed up for a Base seat",
        f"{DEE} was Blocked: the card was declined, so no Base seat was bought",
    ]


async def test_the_seat_history_and_the_spreadsheet_agree_with_the_pages(journey: Journey) -> None:
    await journey.open_agency(base=1)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    await nia.join(NIA)
    await journey.drain()
    await ada.ask("DELETE", f"/members/{await id_of(nia)}")
    await journey.drain()
    days = (await ada.get("/seats/history"))["days"]
    seats = await ada.get("/seats")
    assert len(days) == 1
    for seat in SeatType:
        assert days[-1][seat] == {"purchased": seats[seat]["purchased"], "active": seats[seat]["active"]}
    assert days[-1]["base"] == {"purchased": 2, "active": 1}
    sheet = await ada.ask("GET", "/activity.csv")
    rows = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"), newline="")))
    assert [row["sentence"] for row in rows] == [line["sentence"] for line in await log(ada)]


GIL = "gil@elsewhere.example"
DAY = 24 * 3600


async def accept(journey: Journey, email: str) -> Browser:
    """Follow the newest invitation link that this person was mailed."""
    await journey.drain()
    token = re.findall(r"/invite/([\w-]+)", "".join(text_of(mail) for mail in journey.letterbox.to(email)))[-1]
    browser = journey.browser()
    accepted = await browser.post("/invitations/accept", {"token": token})
    assert accepted.status_code == 201, accepted.text
    return browser


async def next_day(journey: Journey, ada: Browser) -> None:
    """Let a day pass, after which the admin signs in again."""
    await journey.advance(DAY)
    assert (await ada.log_in(ADA)).status_code == 201


async def invites_swaps_and_settings(journey: Journey) -> Browser:
    """Invite, re-invite, swap, set the domain, and make and revoke a key, on different days."""
    await journey.open_agency(base=2, voice=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    invited = await ada.post("/members", {"email": GIL, "name": "Gil Roth", "seatType": "voice", "role": "clinician"})
    assert invited.status_code == 201, invited.text
    gil = invited.json()["id"]
    await next_day(journey, ada)
    await ada.post(f"/members/{gil}/reinvite", {"seatType": "base"})
    await accept(journey, GIL)
    await next_day(journey, ada)
    for seat_type in ("voice", "voice"):
        swapped = await ada.ask("PATCH", f"/members/{gil}", {"seatType": seat_type})
        assert swapped.status_code == 200, swapped.text
    for domain in ("harbor.example", "harbor.example"):
        await ada.put("/settings/domain", {"domain": domain})
    key = await ada.post("/api-keys", {"name": "Payroll"})
    assert key.status_code == 201, key.text
    await ada.ask("DELETE", f"/api-keys/{key.json()['id']}")
    await next_day(journey, ada)
    await ada.ask("DELETE", f"/members/{gil}")
    await journey.drain()
    return ada


async def test_the_log_has_invitations_swaps_and_settings_and_no_line_for_a_change_that_changes_nothing(
    journey: Journey,
) -> None:
    ada = await invites_swaps_and_settings(journey)
    assert (await story(ada))[4:] == [
        f"Ada Park invited {GIL}, as a clinician, to a Voice seat",
        f"Ada Park invited {GIL} anew, as a clinician, to a Base seat",
        f"{GIL} accepted the invitation to a Base seat",
        f"{GIL} is Active in a Base seat",
        f"Ada Park moved {GIL} from a Base seat to a Voice seat",
        "Ada Park created the API key “Payroll” for admin, until 2 June 2026",
        "Ada Park revoked the API key “Payroll”",
        f"Ada Park removed {GIL}: their Voice seat is freed and stays purchased",
    ]
    days = (await ada.get("/seats/history"))["days"]
    assert [(day["base"]["active"], day["voice"]["active"]) for day in days] == [(1, 0), (2, 0), (1, 1), (1, 0)]


@pytest.fixture
async def empty_gateway(databases: Databases) -> AsyncIterator[OneService]:
    """A gateway that has handled no event, on a database of its own."""
    url = await databases.fresh(await databases.template("services", migrate_all))
    service = await OneService.open(gateway.definition(), url)
    yield service
    await service.close()
    await databases.drop(url)


async def test_INVARIANT_a_read_model_rebuilt_from_a_replay_has_the_same_log_history_and_plan(  # noqa: N802
    journey: Journey, empty_gateway: OneService
) -> None:
    """INVARIANT: log, seat history and plan come from events alone, so a replay of a lost bus restores them."""
    ada = await invites_swaps_and_settings(journey)
    await ada.auto_add(True)
    await journey.browser().join(NIA, "base")
    await journey.browser().join(CEM, "base")
    await journey.drain()
    topics = [f"{service}.events" for service in Service]
    replayed = {topic: list(journey.bus.log[topic]) for topic in topics}
    rng = Random(5)
    while any(replayed.values()):
        # Each topic keeps its own order. How topics interleave, and how much one poll brings, is random.
        topic = rng.choice([topic for topic, records in replayed.items() if records])
        count = rng.randrange(1, 9)
        await empty_gateway.handle_records(replayed[topic][:count])
        replayed[topic] = replayed[topic][count:]

    [agency_id] = {message.envelope.agency_id for message in journey.published("members.agency_founded.v1")}
    before, after = journey.http.gateway.reading, Reading(empty_gateway.pool, journey.clock)

    async def whole_log(reading: Reading) -> list[Entry]:
        entries = [entry async for page in reading.whole_activity(agency_id, ActivityFilter()) for entry in page]
        return sorted(entries, key=lambda entry: (entry.at, entry.operation_id, entry.sentence))

    def comparable(entries: list[Entry]) -> list[tuple[object, ...]]:
        return [
            (entry.at, entry.kind, entry.actor, entry.sentence, entry.change, entry.operation_id) for entry in entries
        ]

    assert len(await whole_log(before)) > 15
    assert comparable(await whole_log(after)) == comparable(await whole_log(before))
    assert await after.seat_history(agency_id, 90) == await before.seat_history(agency_id, 90)
    assert await after.plan(agency_id) == await before.plan(agency_id)
