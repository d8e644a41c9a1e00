"""The activity log of whole stories: every step one exact sentence, and no step without one."""

import csv
import io
from typing import Any

from contracts.vocabulary import SeatType
from tests.journeys.test_roles import ADA, NIA, id_of
from tests.support.journey import Browser, Journey

CEM, DEE = "cem@harbor.example", "dee@harbor.example"


async def log(browser: Browser, query: str = "") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await browser.get(f"/activity{query}"))["items"]
    return items


async def story(browser: Browser) -> list[str]:
    """The log from its beginning."""
    return [line["sentence"] for line in reversed(await log(browser))]


async def test_the_story_of_an_agency_reads_as_it_happened_with_who_and_what_it_cost(journey: Journey) -> None:
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
    ], "and what was asked twice is told once"


async def invoices(journey: Journey) -> list[Any]:
    """Stripe's invoices, oldest first."""
    return list(reversed((await journey.stripe.get("invoices", limit=100))["data"]))


async def test_each_line_names_the_order_that_began_it_and_for_a_purchase_stripes_idempotency_key(
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
    [order] = [one for one in journey.said("seats.set_auto_add.v1") if not one.data.enabled]
    assert line["operationId"] == str(order.envelope.id)


async def test_a_declined_purchase_and_the_fixed_card_are_in_the_log(journey: Journey) -> None:
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


async def test_the_seats_by_day_and_the_spreadsheet_agree_with_the_pages(journey: Journey) -> None:
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
    rows = list(csv.DictReader(io.StringIO(sheet.text, newline="")))
    assert [row["sentence"] for row in rows] == [line["sentence"] for line in await log(ada)]
