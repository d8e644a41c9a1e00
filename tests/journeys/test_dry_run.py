"""What if these people log in? The dry run says what then happens, to the cent, and changes nothing."""

from datetime import timedelta
from typing import Any

from tests.journeys.test_invitations import signed_agency
from tests.support.journey import Browser, Journey, journey_on

NEW = {"nia@harbor.example": "voice", "cem@harbor.example": "base", "dee@harbor.example": "voice"}
WHAT_IF = "/admin/agency/what-if"
GATHER = timedelta(milliseconds=250)


async def dry_run(journey: Journey, ada: Browser, body: object) -> Any:  # noqa: ANN401  the API's JSON
    """Foresee the logins of these people."""
    response = await journey.during(journey.later(ada.client.post("/api/v1/seats/dry-runs", json=body)))
    assert response.status_code == 200, response.text
    return response.json()


def listed(people: dict[str, str]) -> list[dict[str, str]]:
    return [{"email": email, "seatType": seat_type} for email, seat_type in people.items()]


async def charges(journey: Journey) -> list[Any]:
    """The requests with which something is written at Stripe, previews left out."""
    log = await journey.stripe.control_log()
    return [entry["path"] for entry in log if entry["method"] == "POST" and "preview" not in entry["path"]]


async def test_a_dry_run_says_to_the_cent_what_then_happens_and_changes_nothing(migrated: str) -> None:
    async with journey_on(migrated, gather=GATHER) as journey:
        ada = await signed_agency(journey, base=2, voice=0)
        await ada.auto_add(enabled=True)
        await journey.advance(7 * 24 * 3600)
        before, written, mails = await ada.get("/seats"), await charges(journey), len(journey.letterbox.mails)
        run = await dry_run(journey, ada, {"people": listed(NEW)})
        assert [(person["result"], person["sentence"]) for person in run["people"]] == [
            ("bought_for", "Active, in a seat that Auto-Add buys"),
            ("active", "Active, in a free seat"),
            ("bought_for", "Active, in a seat that Auto-Add buys"),
        ]
        assert (run["active"], run["boughtFor"], run["blocked"]) == (1, 2, 0)
        assert (run["before"], run["after"]) == ({"base": 2, "voice": 0}, {"base": 2, "voice": 2})
        assert (await ada.get("/seats"), await charges(journey)) == (before, written), "nothing has changed"
        assert len(journey.letterbox.mails) == mails
        browsers = {email: journey.browser() for email in NEW}
        for email, browser in browsers.items():
            await browser.sign_up(email, NEW[email])
        pending = await dry_run(journey, ada, {"pending": True})
        assert {(person["email"], person["result"]) for person in pending["people"]} == {
            (person["email"], person["result"]) for person in run["people"]
        }
        assert pending["quote"]["dueNow"] == run["quote"]["dueNow"]
        await log_in_together(journey, browsers)
        lines = (await ada.get("/activity?limit=20"))["items"]
        assert next(line for line in lines if line["action"] == "seats_auto_added")["after"] == run["after"]
        assert (await ada.get("/billing"))["total"] == run["quote"]["newTotal"]
        invoice = (await ada.get("/billing/invoices"))["items"][0]
        assert invoice["total"]["amount"] == run["quote"]["dueNow"]["amount"] > 0


async def log_in_together(journey: Journey, browsers: dict[str, Browser]) -> None:
    """Have these people log in for the first time within a quarter of a second."""
    for email, browser in browsers.items():
        await browser.post("/login-codes", {"email": email})
    await journey.drain()
    codes = {email: journey.letterbox.code(email) for email in browsers}
    logins = [
        journey.later(browser.post("/sessions", {"email": email, "code": codes[email]}))
        for email, browser in browsers.items()
    ]
    await journey.until_published("members.first_login.v1", len(browsers))
    await journey.advance(GATHER.total_seconds())
    assert {(await journey.during(login)).status_code for login in logins} == {201}


async def test_with_auto_add_off_the_dry_run_says_who_would_be_blocked_and_of_whom_no_login_needs_a_seat(
    journey: Journey,
) -> None:
    ada = await signed_agency(journey, base=2, voice=0)
    asked = {**NEW, "ada@harbor.example": "base", "kim@elsewhere.example": "voice"}
    run = await dry_run(journey, ada, {"people": listed(asked)})
    assert [(person["entrance"], person["result"], person["reason"]) for person in run["people"]] == [
        ("first_login", "blocked", "no_seat_available"),
        ("first_login", "active", None),
        ("first_login", "blocked", "no_seat_available"),
        ("has_seat", None, None),
        ("other_domain", None, None),
    ]
    assert (run["quote"], run["noPrice"], run["before"]) == (None, None, run["after"])
    assert (await dry_run(journey, ada, {"pending": True}))["people"] == []
    for wrong in ({}, {"people": listed(NEW), "pending": True}, {"people": [*listed(NEW), *listed(NEW)]}):
        assert (await ada.ask("POST", "/seats/dry-runs", wrong)).status_code == 422


async def test_the_page_shows_the_same_for_pasted_addresses_and_for_the_pending_list(journey: Journey) -> None:
    ada = await signed_agency(journey, base=2, voice=0)
    await ada.auto_add(enabled=True)
    assert "What if these people log in?" in (await ada.client.get(WHAT_IF)).text
    origin = {"Origin": str(ada.client.base_url).rstrip("/")}

    async def sent(**fields: str) -> Any:  # noqa: ANN401  the response
        form = {"seat_type": "voice", **fields}
        return await journey.during(journey.later(ada.client.post(WHAT_IF, data=form, headers=origin)))

    shown = await sent(people="nia@harbor.example, Voice\nnia@harbor.example\ncem@harbor.example, Base\nno address")
    assert shown.status_code == 200, shown.text
    assert (shown.text.count("in a seat that Auto-Add buys"), shown.text.count("Active, in a free seat")) == (1, 1)
    assert 'class="receipt"' in shown.text
    nobody = await sent(people="no address here")
    assert (nobody.status_code, "paste at least one whole email address" in nobody.text) == (422, True)
    assert "Nobody is in Pending login." in (await sent(pending="yes")).text
    many = await sent(people="\n".join(f"p{number}@harbor.example" for number in range(501)))
    assert (many.status_code, "at most 500 people" in many.text) == (422, True)
