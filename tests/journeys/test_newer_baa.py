"""A new version of the BAA: admins are told by when to sign it, what is locked after that, and a signature unlocks."""

from datetime import timedelta
from pathlib import Path

from contracts.baa import BaaVersion
from contracts.vocabulary import BAA_VERSION
from services.gateway.texts.baa import AUTO_ADD_GOES_ON
from tests.support.journey import Browser, Journey
from tests.support.newer_baa import NEWER, ask, newer_baa

ADA, NIA = "ada@harbor.example", "nia@harbor.example"
SETTINGS = "/admin/agency/settings"
ASKED = "Sign the new version of the BAA for Harbor Clinic"
REMINDED = "Reminder: sign the new version of the BAA for Harbor Clinic"
LOCKED = "Admin actions are locked: sign the new BAA of Harbor Clinic"
NOTE = "A new version of the BAA is to be signed"


async def lines(ada: Browser) -> list[str]:
    """Return the activity log's lines about the new version, newest first."""
    items = (await ada.get("/activity"))["items"]
    return [line["sentence"] for line in items if line["action"] == "baa_outdated"]


async def codes(ada: Browser) -> list[str | None]:
    """Return the problems of an admin's actions: two of members, two of seats, one of billing, one of the gateway."""
    counts = {"base": (await ada.get("/seats"))["base"]["purchased"] + 1, "voice": 0}
    quote = await ada.post("/seats/quotes", counts)
    answers = [
        await ada.invite(NIA),
        await ada.put("/settings/name", {"name": "Harbor Clinic"}),
        await ada.auto_add(enabled=True),
        await ada.put("/seats", {**counts, "quoteId": quote.json()["id"]}),
        await ada.post("/billing/cancel-change", {}),
        await ada.post("/api-keys", {"name": "Payroll"}),
    ]
    return [answer.json().get("code") for answer in answers]


async def check_asked(ada: Browser, newer: BaaVersion) -> None:
    """Everything says by when to sign; nothing is locked."""
    baa = await ada.get("/baa")
    assert baa["signAgainBy"] == newer.sign_by.isoformat().replace("+00:00", "Z")
    assert (baa["version"], baa["signature"]["version"]) == (NEWER, BAA_VERSION)
    page = (await ada.client.get(SETTINGS)).text
    assert NOTE in page
    assert 'name="signer_name"' in page
    assert f'href="/baa/{BAA_VERSION}"' in page, "the signed version stays in sight"
    assert "baa_unsigned" not in await codes(ada)
    assert (await ada.auto_add(enabled=False)).status_code == 200


async def check_locked(ada: Browser) -> None:
    """Every admin action is locked, and the pages say why."""
    assert await codes(ada) == ["baa_unsigned"] * 6
    assert "Your agency's current BAA is not signed yet." in (await ada.auto_add(enabled=True)).json()["detail"]
    page = (await ada.client.get("/admin/agency/members")).text
    assert NOTE in page
    assert 'id="first-steps"' not in page, "the agency is not new"
    locked, asked = await lines(ada)
    assert locked == f"Admin actions were locked: version {NEWER} of the BAA is not signed yet"
    assert asked.startswith(f"Version {NEWER} of the BAA is to be signed by ")


async def check_unlocked(ada: Browser) -> None:
    """A signature under the new version is enough, and every signature stays readable."""
    assert (await ada.sign_baa()).status_code == 201
    baa = await ada.get("/baa")
    assert baa["signAgainBy"] is None
    assert [signature["version"] for signature in baa["signatures"]] == [NEWER, BAA_VERSION]
    for version in (NEWER, BAA_VERSION):
        assert (await ada.client.get(f"/baa/{version}")).status_code == 200
    assert "baa_unsigned" not in await codes(ada)
    assert NOTE not in (await ada.client.get(SETTINGS)).text


async def test_a_new_version_asks_reminds_locks_and_a_signature_unlocks(journey: Journey, tmp_path: Path) -> None:
    await journey.open_agency(base=3)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ask(journey)
    assert mails(journey) == [], "the version that is signed asks nobody"
    async with newer_baa(journey, tmp_path) as newer:
        ada = journey.browser()
        await ada.log_in(ADA)
        assert (await ada.get("/baa"))["signAgainBy"] is None
        await ask(journey)
        await ask(journey)
        assert mails(journey) == [ASKED], "one email, however often the job runs"
        await check_asked(ada, newer)
        await journey.advance((newer.grace - timedelta(days=7)).total_seconds())
        await ask(journey)
        assert mails(journey) == [ASKED, REMINDED]
        await check_asked(ada, newer)
        await journey.advance(timedelta(days=7).total_seconds())
        await ask(journey)
        assert mails(journey) == [ASKED, REMINDED, LOCKED]
        await check_locked(ada)
        await check_unlocked(ada)
        await ask(journey)
        assert mails(journey) == [ASKED, REMINDED, LOCKED]


def mails(journey: Journey) -> list[str]:
    """Return the subjects of Ada's mails about the BAA."""
    return [subject for subject in journey.letterbox.subjects(ADA) if "BAA" in subject]


async def test_auto_add_that_is_on_keeps_adding_seats_after_the_grace_until_it_is_switched_off(
    journey: Journey, tmp_path: Path
) -> None:
    await journey.open_agency(base=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(enabled=True)
    async with newer_baa(journey, tmp_path) as newer:
        ada = journey.browser()
        await ada.log_in(ADA)
        await journey.advance(newer.grace.total_seconds())
        await ask(journey)
        assert AUTO_ADD_GOES_ON in (await ada.client.get(SETTINGS)).text
        assert await first_login(journey, NIA) == ("active", 1)
        assert (await ada.auto_add(enabled=False)).status_code == 200
        assert AUTO_ADD_GOES_ON not in (await ada.client.get(SETTINGS)).text
        assert await first_login(journey, "tom@harbor.example") == ("blocked", 1)
        assert (await ada.auto_add(enabled=True)).json()["code"] == "baa_unsigned"


async def first_login(journey: Journey, email: str) -> tuple[str, int]:
    """Sign up and log in; return the member's status and how many changes of seats Stripe has had."""
    browser = journey.browser()
    await browser.sign_up(email, "voice")
    await browser.log_in(email)
    await journey.drain()
    return (await browser.get("/me"))["member"]["status"], len(await journey.updates())
