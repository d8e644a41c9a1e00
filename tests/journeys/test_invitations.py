"""Invitations over HTTP with all services: what an invitation needs, what its acceptance takes, how a link ends."""

import re
from typing import Any

import pytest

from contracts.vocabulary import Service
from tests.journeys.test_roles import ADA
from tests.support.journey import OPERATOR, Browser, Journey, text_of

IDA = "ida@elsewhere.example"
JIM = "jim@elsewhere.example"
DAY = 24 * 3600


async def signed_agency(journey: Journey, *, base: int = 2, voice: int = 0) -> Browser:
    """Open an agency with a signed BAA, and return its admin Ada, who holds a Base seat."""
    await journey.open_agency(base=base, voice=voice)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    return ada


async def expired_link_detail(journey: Journey, token: str) -> str:
    """Follow a link that accepts nothing, and return the problem's sentence."""
    response = await journey.browser().accept(token)
    assert (response.status_code, response.json()["code"]) == (401, "link_expired")
    return str(response.json()["detail"])


async def test_an_explicit_invite_is_a_mail_with_a_one_click_accept_link_that_consumes_a_seat_only_when_accepted(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, voice=1)
    invited = await ada.invite(IDA, "voice")
    assert (invited.status_code, invited.json()["status"]) == (201, "invited")
    [mail] = journey.letterbox.to(IDA)
    assert "Ada Park" in str(mail["Subject"])
    assert "Harbor Clinic" in str(mail["Subject"])
    assert "Voice" in text_of(mail)
    assert (await ada.get("/seats"))["voice"] == {
        "purchased": 1,
        "active": 0,
        "available": 1,
        "incoming": 0,
        "waiting": 0,
        "unsettled": 0,
        "invited": 1,
    }
    ida = journey.browser()
    [token] = journey.letterbox.invitations(IDA)
    response = await ida.accept(token)
    assert response.status_code == 201, response.text
    assert (response.json()["member"]["status"], response.json()["member"]["planType"]) == ("active", "voice")
    assert (await ida.me())["id"] == invited.json()["id"]
    seats = await ada.get("/seats")
    assert (seats["voice"]["active"], seats["voice"]["purchased"]) == (1, 1)
    assert await journey.updates() == []


async def test_if_the_agency_is_full_the_invite_is_rejected_with_a_clear_error_and_a_seat_can_be_added_manually(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, base=1)
    await ada.auto_add(True)
    rejected = await ada.invite(IDA)
    assert (rejected.status_code, rejected.json()["code"]) == (409, "no_seat_available")
    assert rejected.json()["detail"] == (
        "The only Base seat is taken. Add a Base seat or remove a member who holds one, then try again."
    )
    assert (rejected.json()["seatType"], rejected.json()["purchased"], rejected.json()["active"]) == ("base", 1, 1)
    assert journey.letterbox.to(IDA) == [], "nothing is sent"
    assert (await ada.get("/members"))["counts"]["invited"] == 0
    assert await journey.updates() == [], "Auto-Add serves the auto-join path only"
    none = (await ada.invite(IDA, "voice")).json()
    assert none["detail"].startswith("Your agency has no Voice seat.")


async def test_a_seat_that_a_member_waits_for_is_not_free(journey: Journey) -> None:
    ada = await signed_agency(journey, base=1)
    await ada.auto_add(True)
    journey.bus.held = {Service.BILLING}
    joining = journey.later(journey.browser().join("nia@harbor.example"))
    while not (await ada.get("/seats"))["base"]["waiting"]:
        await journey.step()
    rejected = await ada.invite(IDA)
    assert rejected.json()["detail"].startswith(
        "The only Base seat is taken or waited for (1 Active, 1 waiting in line)."
    )
    journey.bus.held = set()
    assert (await journey.during(joining)).json()["member"]["status"] == "active"


@pytest.mark.parametrize("auto_add", [True, False])
async def test_an_acceptance_in_a_full_agency_is_blocked_and_buys_nothing_whether_auto_add_is_on_or_off(
    journey: Journey, auto_add: bool
) -> None:
    ada = await signed_agency(journey, base=2)
    await ada.invite(IDA)
    assert (await journey.browser().join("nia@harbor.example")).json()["member"]["status"] == "active"
    if auto_add:
        await ada.auto_add(True)
    ida = journey.browser()
    response = await ida.accept(journey.letterbox.invitations(IDA)[-1])
    assert (response.status_code, response.json()["member"]["status"]) == (201, "blocked")
    assert response.json()["member"]["blockedReason"] == "no_seat_available"
    assert (await ida.me())["status"] == "blocked", "the session shows the reason"
    await journey.pass_time(10)
    assert await journey.updates() == []
    assert [subject for subject in journey.letterbox.subjects(ADA) if "blocked" in subject.lower()]
    assert journey.letterbox.subjects(IDA)[1:] == []


async def test_an_invited_person_who_signs_in_with_a_code_accepts_and_the_link_is_used_up(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey)
    await ada.invite(IDA)
    response = await journey.browser().log_in(IDA)
    assert (response.status_code, response.json()["member"]["status"]) == (201, "active")
    assert (await expired_link_detail(journey, journey.letterbox.invitations(IDA)[0])).startswith(
        "This invitation was accepted already. Sign in"
    )
    assert (await ada.get("/seats"))["base"]["active"] == 2


async def test_a_link_works_once_in_any_browser(journey: Journey) -> None:
    ada = await signed_agency(journey)
    await ada.invite(IDA)
    [token] = journey.letterbox.invitations(IDA)
    assert (await journey.browser().accept(token)).status_code == 201
    assert "accepted already" in await expired_link_detail(journey, token)


async def test_a_link_is_good_for_14_days_and_a_code_accepts_afterwards(journey: Journey) -> None:
    ada = await signed_agency(journey)
    await ada.invite(IDA)
    [token] = journey.letterbox.invitations(IDA)
    await journey.advance(14 * DAY - 60)
    assert (await (await signed_in_again(journey, ADA)).invite(JIM, "base")).status_code == 201
    await journey.advance(60)
    assert await expired_link_detail(journey, token) == (
        "This invitation has expired. Ask your agency's admin to send you a new one."
    )
    assert (await journey.browser().accept(journey.letterbox.invitations(JIM)[0])).status_code == 201
    late = await journey.browser().log_in(IDA)
    assert (late.status_code, late.json()["member"]["status"]) == (201, "blocked"), (
        "the code accepts, but the seat is taken"
    )


async def signed_in_again(journey: Journey, email: str) -> Browser:
    """Sign in again; sessions end after 14 days."""
    browser = journey.browser()
    assert (await browser.log_in(email)).status_code == 201
    return browser


async def test_a_removed_persons_link_dies_and_only_an_invite_brings_them_back(journey: Journey) -> None:
    ada = await signed_agency(journey)
    ida = (await ada.invite(IDA)).json()["id"]
    [token] = journey.letterbox.invitations(IDA)
    assert (await ada.ask("DELETE", f"/members/{ida}")).status_code == 204
    assert "Ask your agency's admin" in await expired_link_detail(journey, token)
    back = await ada.invite(IDA, role="admin", name="Ida Back")
    assert (back.status_code, back.json()["id"], back.json()["name"]) == (201, ida, "Ida Back")
    fresh = journey.letterbox.invitations(IDA)[-1]
    assert (await journey.browser().accept(fresh)).json()["member"]["role"] == "admin"


async def test_a_code_requested_before_a_removal_does_not_sign_in_the_member_invited_again(journey: Journey) -> None:
    ada = await signed_agency(journey)
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


async def test_an_invitation_of_a_member_is_rejected_with_the_members_status(journey: Journey) -> None:
    ada = await signed_agency(journey)
    await ada.invite(IDA)
    for email, status, says in (
        (IDA, "invited", "Use Re-invite to send a fresh email."),
        (ADA.upper(), "active", "is Active already."),
    ):
        rejected = await ada.invite(email)
        assert (rejected.status_code, rejected.json()["code"]) == (409, "already_member")
        assert (rejected.json()["memberStatus"], says in rejected.json()["detail"]) == (status, True)
    assert len(journey.letterbox.invitations(IDA)) == 1


async def test_nobody_is_invited_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency(base=2)
    ada = journey.browser()
    await ada.log_in(ADA)
    for response in (await ada.invite(IDA), await ada.reinvite(str((await ada.me())["id"]))):
        assert (response.status_code, response.json()["code"]) == (409, "baa_unsigned")
    assert journey.letterbox.to(IDA) == []


async def test_acceptances_are_not_gated_by_the_baa(journey: Journey) -> None:
    agency = (await journey.open_agency(base=2)).json()["agency"]["id"]
    invite = {"email": IDA, "name": "Ida", "seatType": "base"}
    headers = {"Authorization": f"Bearer {OPERATOR}"}
    assert (await journey.browser().post(f"/agencies/{agency}/admins", invite, headers)).status_code == 201
    await journey.drain()
    response = await journey.browser().accept(journey.letterbox.invitations(IDA)[0])
    assert response.json()["member"]["status"] == "active"
    assert response.json()["agency"]["baaSigned"] is False


async def test_one_address_in_two_agencies_gets_the_choice_and_the_two_members_stay_apart(journey: Journey) -> None:
    ada = await signed_agency(journey)
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
    assert (await phone.me())["id"] == (await there.me())["id"] == second["member"]["id"], (
        "the other agency's sessions stay"
    )


async def test_an_invitations_link_is_never_in_the_clear_on_the_bus(journey: Journey) -> None:
    ada = await signed_agency(journey)
    ida = (await ada.invite(IDA)).json()["id"]
    await ada.reinvite(ida)
    tokens = journey.letterbox.invitations(IDA)
    assert len(tokens) == 2
    published = b"".join(bytes(record.value or b"") for log in journey.bus.log.values() for record in log)
    assert not [token for token in tokens if token.encode() in published]
    assert not re.search(rb"/invite/", published)


async def test_while_stripe_has_fewer_seats_than_active_members_nobody_is_invited_and_an_acceptance_is_blocked(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, base=3)
    assert (await journey.browser().join("nia@harbor.example")).json()["member"]["status"] == "active"
    await ada.invite(IDA)
    account = journey.published("billing.account_opened.v1")[0].data
    await journey.stripe.control(f"dashboard/subscriptions/{account.subscription_id}", base=1, voice=0)
    await journey.publish_stripe_events(account.customer_id, "customer.subscription.updated")
    rejected = await ada.invite(JIM)
    assert (rejected.status_code, rejected.json()["code"]) == (409, "seats_reduced_elsewhere")
    assert rejected.json()["detail"].startswith("The number of seats was lowered at Stripe below your Active members.")
    accepted = await journey.browser().accept(journey.letterbox.invitations(IDA)[0])
    assert accepted.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    assert (await ada.get("/seats"))["base"]["active"] == 2, "nobody is suspended"
