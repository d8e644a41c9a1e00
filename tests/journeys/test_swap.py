"""Changing an Active member's seat type over HTTP: what a swap needs, what changes at once, and what stays."""

import re
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.test_invitations import signed_agency
from tests.journeys.test_roles import ADA
from tests.support.journey import Browser, Journey

NIA = "nia@harbor.example"


async def with_nia(journey: Journey, *, base: int = 2, voice: int = 1) -> tuple[Browser, Browser, str]:
    """Open an agency with a signed BAA; its admin Ada and Nia are Active in Base seats."""
    ada = await signed_agency(journey, base=base, voice=voice)
    nia = journey.browser()
    await nia.join(NIA)
    return ada, nia, str((await nia.me())["id"])


async def test_pick_a_new_value_to_switch_an_active_member_and_both_counts_move_in_one_step(journey: Journey) -> None:
    ada, _, nia_id = await with_nia(journey)
    before = await ada.get("/seats")
    response = await ada.swap(nia_id, "voice")
    assert (response.status_code, response.json()["planType"], response.json()["seatType"]) == (200, "voice", "voice")
    after = await ada.get("/seats")
    assert [before[seat]["active"] for seat in ("base", "voice")] == [2, 0]
    assert [after[seat]["active"] for seat in ("base", "voice")] == [1, 1]
    back = await ada.swap(nia_id, "base")
    assert (back.status_code, back.json()["planType"]) == (200, "base")


async def test_the_users_plan_type_is_updated_immediately_so_their_extension_and_app_reflect_the_new_seat_type(
    journey: Journey,
) -> None:
    ada, nia, nia_id = await with_nia(journey)
    assert (await nia.me())["planType"] == "base"
    assert (await ada.swap(nia_id, "voice")).status_code == 200
    assert (await nia.me())["planType"] == "voice", "the open session, on its next request"
    again = journey.browser()
    assert (await again.log_in(NIA)).json()["member"]["planType"] == "voice"


async def test_if_the_target_type_is_full_nothing_changes_and_the_error_is_clear(journey: Journey) -> None:
    ada, nia, nia_id = await with_nia(journey)
    ada_id = str((await ada.me())["id"])
    assert (await ada.swap(ada_id, "voice")).status_code == 200
    rejected = await ada.swap(nia_id, "voice")
    assert (rejected.status_code, rejected.json()["code"]) == (409, "no_seat_available")
    assert rejected.json()["detail"] == (
        "The only Voice seat is taken. Add a Voice seat or remove a member who holds one, then try again."
    )
    assert (rejected.json()["purchased"], rejected.json()["active"]) == (1, 1)
    assert (await nia.me())["planType"] == "base"


async def test_no_stripe_billing_change_happens_for_a_swap_and_the_total_seat_counts_stay_the_same(
    journey: Journey,
) -> None:
    ada, _, nia_id = await with_nia(journey)
    before = await ada.get("/seats")
    writes_before = await stripe_writes(journey)
    assert (await ada.swap(nia_id, "voice")).status_code == 200
    await journey.pass_time(5)
    assert await stripe_writes(journey) == writes_before
    after = await ada.get("/seats")
    assert [after[seat]["purchased"] for seat in ("base", "voice")] == [before["base"]["purchased"], 1] == [2, 1]


async def stripe_writes(journey: Journey) -> list[Any]:
    """Return the paths of all writes that Stripe received."""
    return [request["path"] for request in await journey.stripe.control_log() if request["method"] == "POST"]


async def test_a_removed_members_seat_type_is_not_changed(journey: Journey) -> None:
    ada, _, nia_id = await with_nia(journey, base=3)
    await ada.ask("DELETE", f"/members/{nia_id}")
    row = await ada.row(NIA)
    rejected = await ada.swap(nia_id, "voice")
    assert (rejected.status_code, rejected.json()["code"]) == (409, "wrong_status")
    assert "is removed" in rejected.json()["detail"]
    assert (await ada.row(NIA)) == row


async def test_a_member_of_another_agency_is_not_switched(journey: Journey) -> None:
    ada, _, _ = await with_nia(journey)
    await journey.open_agency("other.example", base=1, voice=1)
    stranger = journey.browser()
    theirs = (await stranger.log_in("ada@other.example")).json()["member"]["id"]
    for unknown in (theirs, str(uuid4())):
        rejected = await ada.swap(unknown, "voice")
        assert (rejected.status_code, rejected.json()["code"]) == (404, "unknown_member")
    assert (await stranger.me())["planType"] == "base"


async def test_no_seat_type_is_changed_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency(base=1, voice=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    rejected = await ada.swap(str((await ada.me())["id"]), "voice")
    assert (rejected.status_code, rejected.json()["code"]) == (409, "baa_unsigned")


async def test_a_swap_to_the_current_type_succeeds_and_changes_nothing(journey: Journey) -> None:
    ada, _, nia_id = await with_nia(journey)
    same = await ada.swap(nia_id, "base")
    assert (same.status_code, same.json()["planType"]) == (200, "base")
    assert [(await ada.get("/seats"))[seat]["active"] for seat in ("base", "voice")] == [2, 0]


async def test_the_seat_that_a_swap_frees_lets_the_next_first_login_in(journey: Journey) -> None:
    ada, _, nia_id = await with_nia(journey)
    assert (await journey.browser().join("cem@harbor.example")).json()["member"]["status"] == "blocked"
    await ada.swap(nia_id, "voice")
    assert (await journey.browser().join("dee@harbor.example")).json()["member"]["status"] == "active"


@pytest.mark.parametrize("first", ["swap first", "login first"])
async def test_a_swap_and_a_first_login_for_the_same_seat_end_with_one_of_them_in_it(
    journey: Journey, first: str
) -> None:
    ada, nia, nia_id = await with_nia(journey)
    cem = journey.browser()
    await cem.sign_up("cem@harbor.example", "voice")
    await cem.post("/login-codes", {"email": "cem@harbor.example"})
    await journey.drain()
    code = journey.letterbox.code("cem@harbor.example")
    requests = [
        ada.ask("PATCH", f"/members/{nia_id}", {"seatType": "voice"}),
        cem.post("/sessions", {"email": "cem@harbor.example", "code": code}),
    ]
    if first == "login first":
        requests.reverse()
    tasks = [journey.later(request) for request in requests]
    done = {(await journey.during(task)).status_code for task in tasks}
    assert done <= {200, 201, 409}
    voice = (await ada.get("/seats"))["voice"]
    assert (voice["purchased"], voice["active"], voice["waiting"]) == (1, 1, 0)
    holders = [member for member in (await nia.me(), await cem.me()) if member["planType"] == "voice"]
    assert len(holders) == 1


async def with_both_types_full(journey: Journey) -> tuple[Browser, Browser, dict[str, str]]:
    """Open an agency without a free seat: Ada and Nia are Active in Base seats, Cem in the Voice seat."""
    ada, nia, nia_id = await with_nia(journey)
    cem = (await journey.browser().join("cem@harbor.example", "voice")).json()["member"]
    return ada, nia, {"ada": str((await ada.me())["id"]), "nia": nia_id, "cem": str(cem["id"])}


async def test_two_exchange_seat_types_in_one_step_while_both_types_are_full(journey: Journey) -> None:
    ada, nia, ids = await with_both_types_full(journey)
    assert (await ada.swap(ids["nia"], "voice")).json()["code"] == "no_seat_available"
    writes, before = await stripe_writes(journey), await ada.get("/seats")
    response = await ada.exchange({ids["nia"]: "voice", ids["cem"]: "base"})
    assert response.status_code == 200, response.text
    assert [(row["id"], row["planType"]) for row in response.json()["members"]] == [
        (ids["nia"], "voice"),
        (ids["cem"], "base"),
    ]
    assert (await nia.me())["planType"] == "voice"
    await journey.pass_time(5)
    assert (await stripe_writes(journey), await ada.get("/seats")) == (writes, before)
    line = (await ada.get("/activity?limit=1"))["items"][0]
    assert line["sentence"] == (
        "Ada Park exchanged seats in one step: cem@harbor.example holds Base, nia@harbor.example holds Voice"
    )
    again = await ada.exchange({ids["nia"]: "voice", ids["cem"]: "base"})
    assert again.status_code == 200
    assert (await ada.get("/activity?limit=1"))["items"][0] == line, "what changes nothing makes no line"


async def test_a_chain_moves_everybody_when_the_counts_allow_it_and_nobody_otherwise(journey: Journey) -> None:
    ada, nia, ids = await with_both_types_full(journey)
    chain = {ids["ada"]: "voice", ids["nia"]: "voice", ids["cem"]: "base"}
    rejected = await ada.exchange(chain)
    assert (rejected.status_code, rejected.json()["code"]) == (409, "no_seat_available")
    assert (await nia.me())["planType"] == "base"
    assert (await ada.ask("DELETE", f"/members/{ids['nia']}")).status_code == 204
    await journey.drain()
    gone = await ada.exchange(chain)
    assert (gone.status_code, gone.json()["code"]) == (409, "wrong_status")
    assert "is removed" in gone.json()["detail"]
    unknown = await ada.exchange({ids["ada"]: "voice", str(uuid4()): "base"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_member")
    assert (await ada.me())["planType"] == "base"


async def test_the_question_about_people_of_both_types_offers_to_exchange_their_seats(journey: Journey) -> None:
    ada, nia, ids = await with_both_types_full(journey)
    members = "/admin/agency/members"
    form = {"action": "change_seat", "ids": [ids["nia"], ids["cem"]]}
    origin = {"Origin": str(ada.client.base_url).rstrip("/")}
    asked = await ada.client.post(f"{members}/select", data=form, headers=origin)
    assert "Exchange their seats" in asked.text
    same = await ada.client.post(f"{members}/select", data=form | {"ids": [ids["nia"], ids["ada"]]}, headers=origin)
    assert "Exchange their seats" not in same.text, "both hold Base"
    moves = re.findall(r'name="moves" value="([^"]+)"', asked.text)
    sent = ada.client.post(f"{members}/exchange", data={"moves": moves, "key": "exchange-1"}, headers=origin)
    done = await journey.during(journey.later(sent))
    assert done.status_code == 303, done.text
    shown = await ada.client.get(done.headers["Location"])
    assert "The seats are exchanged." in shown.text
    assert (await nia.me())["planType"] == "voice"
    wrong = await ada.client.post(f"{members}/exchange", data={"moves": moves[:1], "key": "exchange-2"}, headers=origin)
    assert wrong.status_code == 422
