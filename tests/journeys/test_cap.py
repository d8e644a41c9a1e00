"""Only Active counts toward the cap: what is purchased is how many can be Active at one time, and no more."""

from tests.journeys.test_invitations import IDA, JIM, signed
from tests.support.journey import Journey


async def test_invited_pending_login_and_blocked_members_do_not_count_toward_the_cap(journey: Journey) -> None:
    ada = await signed(journey, base=2, voice=0)
    await ada.invite(IDA)
    await ada.invite(JIM)
    await journey.browser().sign_up("cem@harbor.example")
    assert (await journey.browser().join("bo@harbor.example", "voice")).json()["member"]["status"] == "blocked"
    counts = (await ada.get("/members"))["counts"]
    assert counts == {"invited": 2, "pendingLogin": 1, "active": 1, "blocked": 1, "removed": 0}
    base = (await ada.get("/seats"))["base"]
    assert (base["purchased"], base["active"], base["available"]) == (2, 1, 1), "used seats are the Active alone"
    nia = await journey.browser().join("nia@harbor.example")
    assert nia.json()["member"]["status"] == "active", "the seat is free, whoever is invited"


async def test_the_seat_count_is_the_maximum_of_active_clinicians_at_one_time(journey: Journey) -> None:
    ada = await signed(journey, base=2)
    people = [await journey.browser().join(f"c{number}@harbor.example") for number in range(3)]
    assert [response.json()["member"]["status"] for response in people] == ["active", "blocked", "blocked"]
    await ada.ask("DELETE", f"/members/{people[0].json()['member']['id']}")
    assert (await ada.reinvite(people[1].json()["member"]["id"])).status_code == 200
    accepted = await journey.browser().accept(journey.letterbox.invitations("c1@harbor.example")[0])
    assert accepted.json()["member"]["status"] == "active"
    base = (await ada.get("/seats"))["base"]
    assert (base["purchased"], base["active"]) == (2, 2)


async def test_an_active_admin_holds_a_seat_like_anyone(journey: Journey) -> None:
    ada = await signed(journey, base=1)
    assert (await ada.me())["planType"] == "base"
    assert (await ada.get("/seats"))["base"]["available"] == 0
    assert (await journey.browser().join("nia@harbor.example")).json()["member"]["status"] == "blocked"
