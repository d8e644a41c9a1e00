"""Only Active members count toward the cap: the purchased count is the maximum of Active members at any time."""

from tests.journeys.test_invitations import IDA, JIM, signed_agency
from tests.support.journey import Journey


async def test_invited_pending_login_and_blocked_members_do_not_count_toward_the_cap(journey: Journey) -> None:
    ada = await signed_agency(journey, base=2, voice=0)
    await ada.invite(IDA)
    await ada.invite(JIM)
    await journey.browser().sign_up("cem@harbor.example")
    assert (await journey.browser().join("bo@harbor.example", "voice")).json()["member"]["status"] == "blocked"
    counts = (await ada.get("/members"))["counts"]
    assert counts == {"invited": 2, "pendingLogin": 1, "active": 1, "blocked": 1, "removed": 0}
    base = (await ada.get("/seats"))["base"]
    assert (base["purchased"], base["active"], base["available"]) == (2, 1, 1), "only Active members use seats"
    nia = await journey.browser().join("nia@harbor.example")
    assert nia.json()["member"]["status"] == "active", "an invitation holds no seat"


async def test_the_seat_count_is_the_maximum_of_active_clinicians_at_one_time(journey: Journey) -> None:
    ada = await signed_agency(journey, base=2)
    people = [await journey.browser().join(f"c{number}@harbor.example") for number in range(3)]
    assert [response.json()["member"]["status"] for response in people] == ["active", "blocked", "blocked"]
    await ada.ask("DELETE", f"/members/{people[0].json()['member']['id']}")
    assert (await ada.reinvite(people[1].json()["member"]["id"])).status_code == 200
    accepted = await journey.browser().accept(journey.letterbox.invitations("c1@harbor.example")[0])
    assert accepted.json()["member"]["status"] == "active"
    base = (await ada.get("/seats"))["base"]
    assert (base["purchased"], base["active"]) == (2, 2)


async def test_an_active_admin_holds_a_seat_like_any_other_member(journey: Journey) -> None:
    ada = await signed_agency(journey, base=1)
    assert (await ada.me())["planType"] == "base"
    assert (await ada.get("/seats"))["base"]["available"] == 0
    assert (await journey.browser().join("nia@harbor.example")).json()["member"]["status"] == "blocked"
