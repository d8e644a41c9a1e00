"""The line moves by itself: a free seat goes to whoever has been Blocked longest for it, and nothing is bought."""

from tests.journeys.test_let_in import blocked
from tests.support.journey import Journey
from tests.support.money import assert_all_agree, save_seats, signed_in_admin
from tests.support.visitor import Visitor

SETTINGS = "/admin/agency/settings"
LINE = "/settings/moving-line"


async def test_freed_and_bought_seats_go_to_the_blocked_in_order_of_arrival_and_nothing_is_bought(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1)
    assert (await journey.browser().join("uma@harbor.example", "voice")).json()["member"]["status"] == "active"
    people = dict(zip(("nia", "cem", "dan"), await blocked(journey, "nia", "cem", "dan"), strict=True))

    async def states() -> list[str]:
        await journey.pass_time(1)
        return [(await person.me())["status"] for person in people.values()]

    uma = (await ada.row("uma@harbor.example"))["id"]
    assert await ada.get(LINE) == {"enabled": False}
    visitor = Visitor(ada.client)
    await journey.during(visitor.open(SETTINGS))
    assert "When a seat becomes free" in visitor.page
    await journey.during(visitor.send(f"{SETTINGS}/moving-line", moves="on"))
    assert "What happens when a seat becomes free is set." in visitor.page
    assert await ada.get(LINE) == {"enabled": True}
    assert await states() == ["blocked", "blocked", "blocked"], "no seat is free yet"
    page = Visitor(people["dan"].client)
    await journey.during(page.open("/welcome"))
    assert "You are in line: once a Voice seat is free and it is your turn, it is yours." in page.page
    before = (await ada.get("/seats"))["voice"]["purchased"]

    assert (await ada.ask("DELETE", f"/members/{uma}")).status_code in {200, 204}
    assert await states() == ["active", "blocked", "blocked"]
    subjects = [str(mail["Subject"]) for mail in journey.letterbox.to("nia@harbor.example")]
    assert "You're in: your Voice seat at Harbor Clinic is ready" in subjects
    assert (await ada.get("/seats"))["voice"]["purchased"] == before, "nothing is bought"

    await save_seats(ada, base=1, voice=2)
    assert await states() == ["active", "active", "blocked"]
    nobody = await journey.browser().join("eve@harbor.example", "voice")
    assert nobody.json()["member"]["status"] == "blocked"

    assert (await ada.put(LINE, {"enabled": False})).json() == {"enabled": False}
    nia = (await ada.row("nia@harbor.example"))["id"]
    await ada.ask("DELETE", f"/members/{nia}")
    await journey.pass_time(1)
    assert (await people["dan"].me())["status"] == "blocked", "the line waits for an admin again"
    await ada.put(LINE, {"enabled": True})
    await journey.pass_time(1)
    assert (await people["dan"].me())["status"] == "active", "it moves into seats that are free already"
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert lines.count("Ada Park set that the line of blocked people gets free seats by itself") == 2
    assert "nia@harbor.example is no longer Blocked, and Active in a Voice seat" in lines
    await assert_all_agree(journey, ada)
