"""Re-inviting over HTTP: a re-invite unblocks Blocked members, one or many, in the given order while seats last."""

from uuid import uuid4

import pytest

from tests.journeys.test_invitations import IDA, JIM, expired_link_detail, signed_agency
from tests.journeys.test_roles import ADA
from tests.support.journey import Browser, Journey

NIA = "nia@harbor.example"


async def blocked(journey: Journey, email: str = NIA, seat: str = "base") -> Browser:
    """Join as a person whose first login finds no seat."""
    browser = journey.browser()
    response = await browser.join(email, seat)
    assert response.json()["member"]["status"] == "blocked", response.text
    return browser


async def test_to_unblock_free_a_seat_and_reinvite_the_blocked_row_they_get_a_fresh_mail_with_a_one_click_accept_link(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, base=2)
    await ada.invite(IDA)
    ida = journey.browser()
    await ida.accept(journey.letterbox.invitations(IDA)[0])
    nia = await blocked(journey)
    row = await ada.row(NIA)
    full = await ada.reinvite(row["id"])
    assert (full.status_code, full.json()["code"]) == (409, "no_seat_available")
    assert (
        full.json()["detail"]
        == "All 2 Base seats are taken. Add a Base seat or remove a member who holds one, then try again."
    )
    assert journey.letterbox.invitations(NIA) == []
    await ada.ask("DELETE", f"/members/{(await ida.me())['id']}")
    assert (await nia.me())["status"] == "blocked", "a freed seat lets no Blocked member in"
    again = await ada.reinvite(row["id"])
    assert (again.status_code, again.json()["status"], again.json()["blockedReason"]) == (200, "invited", None)
    assert (await nia.me())["status"] == "invited"
    [token] = journey.letterbox.invitations(NIA)
    accepted = await journey.browser().accept(token)
    assert (accepted.json()["member"]["status"], accepted.json()["member"]["planType"]) == ("active", "base")
    assert (await nia.me())["status"] == "active"


async def test_a_fresh_link_ends_the_older_link(journey: Journey) -> None:
    ada = await signed_agency(journey)
    ida = (await ada.invite(IDA)).json()["id"]
    assert (await ada.reinvite(ida)).status_code == 200
    first, second = journey.letterbox.invitations(IDA)
    assert "newest email" in await expired_link_detail(journey, first)
    assert (await journey.browser().accept(second)).status_code == 201


async def test_a_reinvite_with_another_seat_type_gives_that_type(journey: Journey) -> None:
    ada = await signed_agency(journey, base=1, voice=1)
    await blocked(journey)
    row = await ada.row(NIA)
    assert (await ada.reinvite(row["id"])).json()["code"] == "no_seat_available", "their own type is full"
    response = await ada.reinvite(row["id"], "voice")
    assert (response.status_code, response.json()["seatType"], response.json()["planType"]) == (200, "voice", None)
    accepted = await journey.browser().accept(journey.letterbox.invitations(NIA)[0])
    assert accepted.json()["member"]["planType"] == "voice"


async def test_a_bulk_reinvite_serves_members_in_the_given_order_while_seats_last_with_a_result_per_person(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, base=1, voice=2)
    people = [f"{name}@harbor.example" for name in ("cem", "bea", "dan")]
    for email in people:
        await blocked(journey, email)
    rows = [(await ada.row(email))["id"] for email in people]
    await journey.open_agency("other.example", base=1)
    stranger = journey.browser()
    theirs = (await stranger.log_in("ada@other.example")).json()["member"]["id"]
    nobody, active = str(uuid4()), (await ada.me())["id"]
    ids = [active, rows[2], theirs, rows[0], nobody, rows[1]]
    response = await ada.post("/members/reinvite", {"ids": ids, "seatType": "voice"})
    assert response.status_code == 200
    assert response.json()["done"] == [rows[2], rows[0]]
    assert [(rejection["id"], rejection["code"]) for rejection in response.json()["refused"]] == [
        (active, "wrong_status"),
        (theirs, "unknown_member"),
        (nobody, "unknown_member"),
        (rows[1], "no_seat_available"),
    ]
    details = [rejection["detail"] for rejection in response.json()["refused"]]
    assert details[0] == "The member is Active already, and needs no invitation."
    assert details[3].startswith("All 2 Voice seats are spoken for (0 Active, 2 invited just before).")
    await journey.drain()
    assert [len(journey.letterbox.invitations(email)) for email in people] == [1, 0, 1]
    assert journey.letterbox.invitations("ada@other.example") == []
    assert (await stranger.me())["status"] == "active", "nothing of another agency is touched"
    counts = (await ada.get("/members"))["counts"]
    assert (counts["active"], counts["blocked"], counts["invited"]) == (1, 1, 2)


async def test_only_invited_and_blocked_rows_are_reinvited(journey: Journey) -> None:
    ada = await signed_agency(journey, base=3)
    await journey.browser().sign_up(NIA)
    await journey.browser().join("cem@harbor.example")
    gone = (await ada.invite(IDA)).json()["id"]
    await ada.ask("DELETE", f"/members/{gone}")
    for email, says in (
        (NIA, "They get in by signing in; no invitation is needed."),
        ("cem@harbor.example", "is Active already"),
        (IDA, "is removed. Invite the address again"),
    ):
        row = await ada.row(email)
        rejected = await ada.reinvite(row["id"])
        assert (rejected.status_code, rejected.json()["code"]) == (409, "wrong_status")
        assert says in rejected.json()["detail"]
        assert (await ada.row(email))["status"] == row["status"]


async def test_a_member_of_another_agency_is_unknown(journey: Journey) -> None:
    ada = await signed_agency(journey)
    await journey.open_agency("other.example", base=1)
    stranger = journey.browser()
    theirs = (await stranger.log_in("ada@other.example")).json()["member"]["id"]
    for unknown in (theirs, str(uuid4())):
        rejected = await ada.reinvite(unknown)
        assert (rejected.status_code, rejected.json()["code"]) == (404, "unknown_member")


@pytest.mark.parametrize("status_before", ["blocked", "invited"])
async def test_a_reinvite_and_an_acceptance_of_the_old_link_in_the_same_instant_take_at_most_one_seat(
    journey: Journey, status_before: str
) -> None:
    ada = await signed_agency(journey, base=2)
    ida = (await ada.invite(IDA)).json()["id"]
    [old] = journey.letterbox.invitations(IDA)
    if status_before == "blocked":
        await journey.browser().join(NIA)
        await journey.browser().accept(old)
        await ada.ask("DELETE", f"/members/{(await ada.row(NIA))['id']}")
    accepting = journey.later(journey.browser().accept(old))
    inviting = journey.later(ada.post(f"/members/{ida}/reinvite", {}))
    responses = [await journey.during(task) for task in (accepting, inviting)]
    assert all(response.status_code in {200, 201, 401, 409} for response in responses)
    await journey.drain()
    seats = (await ada.get("/seats"))["base"]
    row = await ada.row(IDA)
    assert seats["active"] == 1 + (row["status"] == "active") <= seats["purchased"]
    assert row["status"] in {"active", "invited"}
    if row["status"] == "invited":
        assert (await journey.browser().accept(journey.letterbox.invitations(IDA)[-1])).status_code == 201


async def test_of_two_acceptances_of_the_last_seat_one_is_active_and_one_is_blocked(journey: Journey) -> None:
    ada = await signed_agency(journey, base=2)
    for email in (IDA, JIM):
        assert (await ada.invite(email)).status_code == 201, "the invited hold no seat"
    links = [journey.letterbox.invitations(email)[0] for email in (IDA, JIM)]
    accepting = [journey.later(journey.browser().accept(link)) for link in links]
    statuses = [(await journey.during(task)).json()["member"]["status"] for task in accepting]
    assert sorted(statuses) == ["active", "blocked"]
    seats = (await ada.get("/seats"))["base"]
    assert (seats["active"], seats["purchased"]) == (2, 2)
    await journey.pass_time(10)
    assert len([subject for subject in journey.letterbox.subjects(ADA) if "blocked" in subject.lower()]) == 1
