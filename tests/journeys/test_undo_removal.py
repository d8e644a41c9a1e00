"""For 20 days a removal can be undone; an invitation can be taken back until it is accepted."""

import asyncio

import httpx

from contracts.vocabulary import Service
from tests.journeys.test_domain import admin_on
from tests.journeys.test_roles import ADA, NIA, admin_and_clinician, id_of
from tests.support.journey import Browser, Journey

CEM = "cem@harbor.example"
DAY = 24 * 3600


async def removed(ada: Browser, nia: Browser) -> str:
    """Remove Nia, and return her id."""
    member_id = await id_of(nia)
    assert (await ada.ask("DELETE", f"/members/{member_id}")).status_code == 204
    return member_id


async def undo(ada: Browser, member_id: str) -> httpx.Response:
    return await ada.ask("POST", f"/members/{member_id}/undo-removal")


def code(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


async def test_the_member_is_active_again_in_their_seat_and_must_sign_in_anew(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await removed(ada, nia)
    back = await undo(ada, member_id)
    assert (back.status_code, back.json()["status"], back.json()["planType"]) == (200, "active", "base")
    assert (await nia.ask("GET", "/me")).status_code == 401, "their row comes back, their sessions do not"
    journey.clock.advance(1)
    again = await journey.browser().log_in(NIA)
    assert again.status_code == 201, again.text
    assert again.json()["member"]["status"] == "active"
    seats = (await ada.get("/seats"))["base"]
    assert (seats["purchased"], seats["active"]) == (2, 2)
    await journey.drain()
    newest = (await ada.get("/activity"))["items"][0]
    assert newest["sentence"] == f"Ada Park undid the removal of {NIA}, who is Active again in a Base seat"
    assert await journey.updates() == []
    assert code(await undo(ada, member_id)) == (409, "wrong_status"), "there is nothing left to undo"


async def test_without_a_free_seat_the_undo_says_so_and_works_once_there_is_one(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await removed(ada, nia)
    cem = journey.browser()
    assert (await cem.join(CEM)).json()["member"]["status"] == "active"
    full = await undo(ada, member_id)
    assert code(full) == (409, "no_seat_available")
    assert "Base seats are taken" in full.json()["detail"]
    assert (await ada.get("/members"))["counts"]["removed"] == 1
    await removed(ada, cem)
    assert (await undo(ada, member_id)).status_code == 200


async def test_a_seat_that_is_taken_while_the_undo_is_decided_is_never_given_twice(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await removed(ada, nia)
    await journey.drain()
    cem = journey.browser()
    await cem.sign_up(CEM)
    # Both pass every check but seats', which decides them one after the other.
    journey.bus.held.add(Service.SEATS)
    undoing = asyncio.ensure_future(undo(ada, member_id))
    joining = asyncio.ensure_future(cem.log_in(CEM))
    await journey.drain()
    journey.bus.held.discard(Service.SEATS)
    back, joined = await asyncio.gather(undoing, joining)
    await journey.drain()
    seats = (await ada.get("/seats"))["base"]
    assert (seats["purchased"], seats["active"]) == (2, 2)
    counts = (await ada.get("/members"))["counts"]
    assert counts["active"] == 2
    assert {counts["removed"], counts["blocked"]} == {0, 1}, (back.text, joined.text)


async def test_who_was_invited_meanwhile_is_left_as_they_are(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await removed(ada, nia)
    assert (await ada.invite(NIA)).status_code == 201
    assert code(await undo(ada, member_id)) == (409, "wrong_status")
    assert (await ada.get(f"/members?q={NIA}"))["items"][0]["status"] == "invited"


async def test_a_sign_up_or_another_domain_in_the_meantime_stops_no_undo(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await removed(ada, nia)
    await journey.browser().sign_up(NIA)
    eve = await admin_on(journey, ada, "eve@bay.example")
    assert (await eve.put("/settings/domain", {"domain": "bay.example"})).status_code == 200
    await removed(ada, eve)
    assert (await undo(ada, member_id)).status_code == 200


async def test_after_20_days_only_an_invitation_brings_the_member_back(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await removed(ada, nia)
    [gone] = (await ada.get("/members?status=removed"))["items"]
    assert gone["undoUntil"] is not None
    journey.clock.advance(20 * DAY)
    ada = journey.browser()
    await ada.log_in(ADA)
    late = await undo(ada, member_id)
    assert code(late) == (409, "wrong_status")
    assert "20 days" in late.json()["detail"]


async def test_a_canceled_invitation_opens_nothing_and_an_accepted_one_is_not_canceled(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    await removed(ada, nia)
    member_id = (await ada.invite(CEM)).json()["id"]
    assert (await ada.ask("DELETE", f"/members/{member_id}/invitation")).status_code == 204
    assert (await ada.get(f"/members?status=removed&q={CEM}"))["items"][0]["id"] == member_id
    assert code(await undo(ada, member_id)) == (409, "wrong_status"), "who held no seat is invited anew"
    await ada.invite(CEM)
    journey.clock.advance(1)
    assert (await journey.browser().log_in(CEM)).json()["member"]["status"] == "active"
    assert code(await ada.ask("DELETE", f"/members/{member_id}/invitation")) == (409, "wrong_status")
    assert (await ada.get(f"/members?q={CEM}"))["items"][0]["status"] == "active"
