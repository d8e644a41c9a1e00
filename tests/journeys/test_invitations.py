"""Inviting and accepting over HTTP, with all services: what it needs, what it takes, and how a link ends."""

import re
from typing import Any

import pytest

from contracts.vocabulary import Service
from tests.journeys.test_roles import ADA
from tests.support.journey import OPERATOR, Browser, Journey, text_of

IDA = "ida@elsewhere.example"
JIM = "jim@elsewhere.example"
DAY = 24 * 3600


async def signed(journey: Journey, *, base: int = 2, voice: int = 0) -> Browser:
    """An agency with a signed BAA, and its admin Ada in a Base seat."""
    await journey.open_agency(base=base, voice=voice)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    return ada


async def link_is_over(journey: Journey, token: str) -> str:
    """What somebody is told whose link accepts nothing."""
    answer = await journey.browser().accept(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "link_expired")
    return str(answer.json()["detail"])


async def test_an_explicit_invite_is_a_mail_with_a_one_click_accept_link_that_consumes_a_seat_only_when_accepted(
    journey: Journey,
) -> None:
    ada = await signed(journey, voice=1)
    invited = await ada.invite(IDA, "voice")
    assert (invited.status_code, invited.json()["status"]) == (201, "invited")
    [mail] = journey.letterbox.to(IDA)
    assert "Ada Park" in str(mail["Subject"])
    assert "Harbor Clinic" in str(mail["Subject"])
    assert "Voice" in text_of(mail)
    assert (await ada.get("/seats"))["voice"] | {"unsettled": 0} == {
        "purchased": 1,
        "active": 0,
        "available": 1,
        "incoming": 0,
        "waiting": 0,
        "unsettled": 0,
    }
    ida = journey.browser()
    [token] = journey.letterbox.invitations(IDA)
    answer = await ida.accept(token)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["member"]["status"], answer.json()["member"]["planType"]) == ("active", "voice")
    assert (await ida.me())["id"] == invited.json()["id"]
    seats = await ada.get("/seats")
    assert (seats["voice"]["active"], seats["voice"]["purchased"]) == (1, 1)
    assert await journey.updates() == []


async def test_if_the_agency_is_full_the_invite_is_rejected_with_a_clear_error_and_a_seat_can_be_added_manually(
    journey: Journey,
) -> None:
    ada = await signed(journey, base=1)
    await ada.auto_add(True)
    refused = await ada.invite(IDA)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_seat_available")
    assert refused.json()["detail"] == (
        "The only Base seat is taken. Add a Base seat or remove a member who holds one, then try again."
    )
    assert (refused.json()["seatType"], refused.json()["purchased"], refused.json()["active"]) == ("base", 1, 1)
    assert journey.letterbox.to(IDA) == [], "nothing is sent"
    assert (await ada.get("/members"))["counts"]["invited"] == 0
    assert await journey.updates() == [], "Auto-Add is specific to the auto-join path"
    none = (await ada.invite(IDA, "voice")).json()
    assert none["detail"].startswith("Your agency has no Voice seat.")


async def test_free_seats_are_those_that_nobody_waits_for(journey: Journey) -> None:
    ada = await signed(journey, base=1)
    await ada.auto_add(True)
    journey.bus.held = {Service.BILLING}
    joining = journey.later(journey.browser().join("nia@harbor.example"))
    while not (await ada.get("/seats"))["base"]["waiting"]:
        await journey.step()
    refused = await ada.invite(IDA)
    assert refused.json()["detail"].startswith(
        "The only Base seat is taken or waited for (1 Active, 1 waiting in line)."
    )
    journey.bus.held = set()
    assert (await journey.during(joining)).json()["member"]["status"] == "active"


@pytest.mark.parametrize("auto_add", [True, False])
async def test_who_accepts_when_the_agency_is_full_by_then_is_blocked_and_nothing_is_bought_whatever_auto_add_says(
    journey: Journey, auto_add: bool
) -> None:
    ada = await signed(journey, base=2)
    await ada.invite(IDA)
    assert (await journey.browser().join("nia@harbor.example")).json()["member"]["status"] == "active"
    if auto_add:
        await ada.auto_add(True)
    ida = journey.browser()
    answer = await ida.accept(journey.letterbox.invitations(IDA)[-1])
    assert (answer.status_code, answer.json()["member"]["status"]) == (201, "blocked")
    assert answer.json()["member"]["blockedReason"] == "no_seat_available"
    assert (await ida.me())["status"] == "blocked", "signed in, to see why"
    await journey.pass_time(10)
    assert await journey.updates() == []
    assert [subject for subject in journey.letterbox.subjects(ADA) if "blocked" in subject.lower()]
    assert journey.letterbox.subjects(IDA)[1:] == []


async def test_an_invited_person_who_signs_in_with_a_code_accepts_by_it_and_the_link_is_used_up(
    journey: Journey,
) -> None:
    ada = await signed(journey)
    await ada.invite(IDA)
    answer = await journey.browser().log_in(IDA)
    assert (answer.status_code, answer.json()["member"]["status"]) == (201, "active")
    assert (await link_is_over(journey, journey.letterbox.invitations(IDA)[0])).startswith(
        "This invitation was accepted already. Sign in"
    )
    assert (await ada.get("/seats"))["base"]["active"] == 2


async def test_a_link_works_once_in_any_browser(journey: Journey) -> None:
    ada = await signed(journey)
    await ada.invite(IDA)
    [token] = journey.letterbox.invitations(IDA)
    assert (await journey.browser().accept(token)).status_code == 201
    assert "accepted already" in await link_is_over(journey, token)


async def test_a_link_is_good_for_14_days_and_a_code_accepts_afterwards(journey: Journey) -> None:
    ada = await signed(journey)
    await ada.invite(IDA)
    [token] = journey.letterbox.invitations(IDA)
    await journey.advance(14 * DAY - 60)
    assert (await (await again_as(journey, ADA)).invite(JIM, "base")).status_code == 201
    await journey.advance(60)
    assert await link_is_over(journey, token) == (
        "This invitation has expired. Ask your agency's admin to send you a new one."
    )
    assert (await journey.browser().accept(journey.letterbox.invitations(JIM)[0])).status_code == 201
    late = await journey.browser().log_in(IDA)
    assert (late.status_code, late.json()["member"]["status"]) == (201, "blocked"), (
        "the code proves it; the seat is gone"
    )


async def again_as(journey: Journey, email: str) -> Browser:
    """Somebody signs in anew: sessions end after 14 days."""
    browser = journey.browser()
    assert (await browser.log_in(email)).status_code == 201
    return browser


async def test_a_removed_persons_link_dies_and_only_an_invite_brings_them_back(journey: Journey) -> None:
    ada = await signed(journey)
    ida = (await ada.invite(IDA)).json()["id"]
    [token] = journey.letterbox.invitations(IDA)
    assert (await ada.ask("DELETE", f"/members/{ida}")).status_code == 204
    assert "Ask your agency's admin" in await link_is_over(journey, token)
    back = await ada.invite(IDA, role="admin", name="Ida Back")
    assert (back.status_code, back.json()["id"], back.json()["name"]) == (201, ida, "Ida Back")
    fresh = journey.letterbox.invitations(IDA)[-1]
    assert (await journey.browser().accept(fresh)).json()["member"]["role"] == "admin"


async def test_codes_asked_for_before_a_removal_do_not_let_in_who_was_invited_back(journey: Journey) -> None:
    ada = await signed(journey)
    nia, email = journey.browser(), "nia@harbor.example"
    await nia.join(email)
    await nia.post("/login-codes", {"email": email})
    await journey.drain()
    code = journey.letterbox.code(email)
    await journey.advance(1)
    await ada.ask("DELETE", f"/members/{(await ada.row(email))['id']}")
    await journey.advance(1)
    await ada.invite(email)
    stale = await nia.post("/sessions", {"email": email, "code": code})
    assert (stale.status_code, stale.json()["code"]) == (401, "invalid_code")
    assert (await ada.row(email))["status"] == "invited"
    assert (await nia.log_in(email)).json()["member"]["status"] == "active"


async def test_who_is_a_member_already_is_not_invited_and_the_answer_says_where_they_stand(journey: Journey) -> None:
    ada = await signed(journey)
    await ada.invite(IDA)
    for email, status, says in (
        (IDA, "invited", "Use Re-invite to send a fresh mail."),
        (ADA.upper(), "active", "is Active already."),
        ("ada+new@harbor.example", "active", "is Active already."),
    ):
        refused = await ada.invite(email)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_member")
        assert (refused.json()["memberStatus"], says in refused.json()["detail"]) == (status, True)
    assert len(journey.letterbox.invitations(IDA)) == 1


async def test_nobody_is_invited_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency(base=2)
    ada = journey.browser()
    await ada.log_in(ADA)
    for answer in (await ada.invite(IDA), await ada.reinvite(str((await ada.me())["id"]))):
        assert (answer.status_code, answer.json()["code"]) == (409, "baa_unsigned")
    assert journey.letterbox.to(IDA) == []


async def test_what_the_invited_do_is_not_gated_by_the_baa(journey: Journey) -> None:
    agency = (await journey.open_agency(base=2)).json()["agency"]["id"]
    invite = {"email": IDA, "name": "Ida", "seatType": "base"}
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    assert (await journey.browser().post(f"/agencies/{agency}/admins", invite, headers)).status_code == 201
    await journey.drain()
    answer = await journey.browser().accept(journey.letterbox.invitations(IDA)[0])
    assert answer.json()["member"]["status"] == "active"
    assert answer.json()["agency"]["baaSigned"] is False


async def test_one_address_in_two_agencies_is_offered_the_choice_and_both_stay_apart(journey: Journey) -> None:
    ada = await signed(journey)
    await journey.open_agency("other.example", base=2)
    bea = journey.browser()
    await bea.log_in("ada@other.example")
    await bea.sign_baa()
    for admin in (ada, bea):
        assert (await admin.invite(IDA)).status_code == 201
    tokens = journey.letterbox.invitations(IDA)
    here, there = journey.browser(), journey.browser()
    first, second = (await here.accept(tokens[0])).json(), (await there.accept(tokens[1])).json()
    assert first["agency"]["id"] != second["agency"]["id"]
    assert first["member"]["id"] != second["member"]["id"]
    phone = journey.browser()
    await phone.post("/login-codes", {"email": IDA})
    await journey.drain()
    proof: dict[str, Any] = {"email": IDA, "code": journey.letterbox.code(IDA)}
    choice = await phone.post("/sessions", proof)
    assert (choice.status_code, choice.json()["code"]) == (409, "choose_agency")
    assert {agency["id"] for agency in choice.json()["agencies"]} == {first["agency"]["id"], second["agency"]["id"]}
    chosen = await phone.post("/sessions", proof | {"agencyId": second["agency"]["id"]})
    assert (chosen.status_code, chosen.json()["member"]["id"]) == (201, second["member"]["id"])
    await ada.ask("DELETE", f"/members/{first['member']['id']}")
    assert (await here.ask("GET", "/me")).status_code == 401
    assert (await phone.me())["id"] == (await there.me())["id"] == second["member"]["id"], "the other one's stay"


async def test_an_invitations_link_is_never_in_the_clear_on_the_bus(journey: Journey) -> None:
    ada = await signed(journey)
    ida = (await ada.invite(IDA)).json()["id"]
    await ada.reinvite(ida)
    tokens = journey.letterbox.invitations(IDA)
    assert len(tokens) == 2
    published = b"".join(bytes(record.value or b"") for log in journey.bus.log.values() for record in log)
    assert not [token for token in tokens if token.encode() in published]
    assert not re.search(rb"/invite/", published)


async def test_while_stripe_has_fewer_seats_than_are_active_nobody_is_invited_and_who_accepts_is_blocked(
    journey: Journey,
) -> None:
    ada = await signed(journey, base=3)
    assert (await journey.browser().join("nia@harbor.example")).json()["member"]["status"] == "active"
    await ada.invite(IDA)
    account = journey.published("billing.account_opened.v1")[0].data
    await journey.stripe.control(f"dashboard/subscriptions/{account.subscription_id}", base=1, voice=0)
    await journey.publish_stripe_events(account.customer_id, "customer.subscription.updated")
    refused = await ada.invite(JIM)
    assert (refused.status_code, refused.json()["code"]) == (409, "seats_reduced_elsewhere")
    assert refused.json()["detail"].startswith("The number of seats was lowered at Stripe below your Active members.")
    accepted = await journey.browser().accept(journey.letterbox.invitations(IDA)[0])
    assert accepted.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    assert (await ada.get("/seats"))["base"]["active"] == 2, "nobody is suspended"
