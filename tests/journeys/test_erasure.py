"""Erasing a person over HTTP and bus: no table and no topic has the name or the address, and everything else stays."""

import asyncpg

from contracts.vocabulary import Service
from database.postgres import connection
from hosting.replay import replay
from tests.journeys.test_roles import ADA, NIA, admin_and_clinician, id_of
from tests.support.journey import OPERATOR, Browser, Journey
from tests.support.rows import read_rows

NAME = "Nia Novak"
BY_OPERATOR = {"Authorization": f"Bearer {OPERATOR}"}


async def traces(journey: Journey, *words: str) -> list[str]:
    """Return where these words are found: in a row of any table, or in a record of any topic."""
    instance = journey.services[Service.GATEWAY]
    database = instance.superuser
    db = await asyncpg.connect(database)
    try:
        rows = await read_rows(db)
        # A column of bytes is text in hexadecimal.
        spelled = [form for word in words for form in (word.lower(), word.lower().encode().hex())]
        found = [
            f"{table}: {row}"
            for table, texts in rows.items()
            for row in texts
            if any(form in row.lower() for form in spelled)
        ]
    finally:
        await db.close()
    for topic, log in journey.bus.log.items():
        for record in log:
            text = b" ".join([record.value or b"", *(value or b"" for _, value in record.headers)]).decode().lower()
            found += [f"{topic}: {text}" for word in words if word.lower() in text]
    return found


async def removed(journey: Journey) -> tuple[Browser, str]:
    """An admin, and the id of a clinician whom the admin has removed. Everything about them is delivered."""
    ada, nia = await admin_and_clinician(journey)
    member_id = await id_of(nia)
    response = await ada.ask("DELETE", f"/members/{member_id}")
    assert response.status_code == 204, response.text
    await journey.drain()
    return ada, member_id


async def erase(journey: Journey, admin: Browser, member_id: str) -> None:
    response = await admin.post(f"/members/{member_id}/erase", None)
    assert response.status_code == 204, response.text
    await journey.pass_time(120, step=20)


async def tasks_left(journey: Journey) -> dict[str, int]:
    left: dict[str, int] = {}
    for service, instance in journey.services.items():
        count = await instance.pool.fetchval("SELECT count(*) FROM tasks WHERE kind LIKE 'erase%'")
        left |= {service.value: count} if count else {}
    return left


async def test_nothing_has_the_name_or_the_address_of_an_erased_person_and_counts_and_money_stay(
    journey: Journey,
) -> None:
    ada, member_id = await removed(journey)
    before = await ada.get("/members"), await ada.get("/seats"), await ada.get("/activity")
    assert len(await traces(journey, NIA)) > 10
    await erase(journey, ada, member_id)
    assert await traces(journey, NIA, NAME) == []
    assert await tasks_left(journey) == {}
    after = await ada.get("/members"), await ada.get("/seats"), await ada.get("/activity")
    assert (before[0]["counts"], before[1]) == (after[0]["counts"], after[1])
    lines = [(line["action"], line["at"]) for line in after[2]["items"]]
    assert lines[1:] == [(line["action"], line["at"]) for line in before[2]["items"]]
    assert after[2]["items"][0]["sentence"] == "Ada Park erased the name and the addresses of a removed person"


async def test_only_a_removed_member_can_be_erased_and_the_last_admin_not_at_all(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    for browser in (ada, nia):
        response = await ada.post(f"/members/{await id_of(browser)}/erase", None)
        assert (response.status_code, response.json()["code"]) == (409, "wrong_status")
        assert response.json()["detail"] == "Only a removed member can be erased. Remove the member first."
    assert journey.published("members.erased.v1") == []


async def test_who_signs_up_again_after_being_erased_is_a_new_person_and_keeps_name_and_address(
    journey: Journey,
) -> None:
    ada, member_id = await removed(journey)
    journey.bus.held = {Service.BILLING, Service.NOTIFIER}  # they hear of the erasure after the new sign-up
    assert (await ada.post(f"/members/{member_id}/erase", None)).status_code == 204
    again = journey.browser()
    assert (await again.sign_up(NIA, name="Nia Brandt")).status_code == 201
    journey.bus.held = set()
    await journey.pass_time(120, step=20)
    joined = await again.log_in(NIA)
    assert joined.json()["member"]["status"] == "active"
    row = await ada.row(NIA)
    assert (row["name"], row["id"] != member_id) == ("Nia Brandt", True)
    assert await traces(journey, NAME) == []
    [gone] = (await ada.get("/members?status=removed"))["items"]
    assert (gone["id"], gone["name"], gone["email"]) == (member_id, "A removed person", "a removed person")


async def test_former_addresses_signatures_and_bounces_go_too(journey: Journey) -> None:
    await journey.open_agency(base=4)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    journey.letterbox.unknown = {"ido@lake.example"}
    await ada.invite("ido@lake.example", role="admin", name="Ido Brandt")
    ido_id = (await ada.row("ido@lake.example"))["id"]
    corrected = await ada.ask("PATCH", f"/members/{ido_id}", {"email": "ida+x@lake.example", "name": "Ida Brandt"})
    assert corrected.status_code == 200, corrected.text
    await journey.drain()
    ida = journey.browser()
    assert (await ida.accept(journey.letterbox.invitations("ida+x@lake.example")[-1])).status_code == 201
    # What she does to others stays, without her name.
    await ida.invite("zoe@lake.example", name="Zoe Lind")
    assert (await ida.post("/signups", {"email": "ida+y@harbor.example", "name": "Ida", "seatType": "base"})).is_success
    assert (await ada.ask("DELETE", f"/members/{ido_id}")).status_code == 204
    await journey.drain()
    await erase(journey, ada, ido_id)
    assert await traces(journey, "ido@lake", "ida+x@lake", "Ido Brandt", "Ida Brandt") == []
    sentences = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert any(sentence.startswith("A removed person invited zoe@lake.example") for sentence in sentences)


async def test_the_signature_under_the_baa_stays_without_the_name_of_who_signed_it(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    twice = await nia.post("/baa/signature", {"signerName": "Nia", "signerTitle": "x", "version": "2026-11"})
    assert twice.json()["code"] == "wrong_status", "the rejection names who signed"
    assert (await nia.ask("DELETE", f"/members/{await id_of(ada)}")).status_code == 204
    [gone] = (await nia.get("/members?status=removed"))["items"]
    await journey.drain()
    await erase(journey, nia, gone["id"])
    assert await traces(journey, ADA, "Ada Park", "Director") == []
    signature = (await nia.get("/baa"))["signature"]
    assert signature["signerName"] == "A removed person"
    assert (await nia.invite("zoe@lake.example")).status_code in {201, 409}, "the agency's BAA is signed"


async def test_a_message_that_is_under_way_does_not_bring_the_address_back_and_no_mail_goes_out(
    journey: Journey,
) -> None:
    ada, nia = await admin_and_clinician(journey)
    member_id = await id_of(nia)
    phone = journey.browser()
    journey.bus.held = {Service.NOTIFIER}
    # A code, a bounced mail and a sign-in are under way for her while she is removed and erased.
    await phone.post("/login-codes", {"email": NIA})
    await journey.until_published("notifier.send.v1", 3)
    assert (await ada.ask("DELETE", f"/members/{member_id}")).status_code == 204
    assert (await ada.post(f"/members/{member_id}/erase", None)).status_code == 204
    await journey.pass_time(120, step=20)
    assert [text for text in await traces(journey, NIA) if not text.startswith(("notifier.", "members.events"))] == []
    assert await tasks_left(journey), "the topics are not read yet"
    mails = len(journey.letterbox.mails)
    # It reads commands before events, so that the code arrives before the erasure, or waits for it.
    journey.bus.backwards, journey.bus.held = {Service.NOTIFIER}, set()
    await journey.pass_time(120, step=20)
    assert (await traces(journey, NIA, NAME), await tasks_left(journey)) == ([], {})
    assert [mail["To"] for mail in journey.letterbox.mails[mails:] if "invalid" in str(mail["To"])] == []


async def test_what_every_service_replays_after_an_erasure_has_no_name_and_causes_nothing(journey: Journey) -> None:
    ada, member_id = await removed(journey)
    await erase(journey, ada, member_id)
    before, mails = await ada.get("/activity"), len(journey.letterbox.mails)
    for instance in journey.services.values():
        async with connection(instance.pool) as db:
            await replay(db)
    await journey.pass_time(120, step=20)
    assert await traces(journey, NIA, NAME) == []
    assert (await ada.get("/activity"), len(journey.letterbox.mails)) == (before, mails)


async def test_an_erasure_that_breaks_off_in_the_middle_ends_erased(journey: Journey) -> None:
    ada, member_id = await removed(journey)
    journey.bus.deletes = False  # as if each process died when it reached the bus
    assert (await ada.post(f"/members/{member_id}/erase", None)).status_code == 204
    await journey.pass_time(60, step=20)
    assert {text.partition(":")[0] for text in await traces(journey, NIA)} <= set(journey.bus.log)
    assert len(await tasks_left(journey)) == len(Service)
    journey.bus.deletes = True
    await journey.pass_time(240, step=20)
    assert (await traces(journey, NIA, NAME), await tasks_left(journey)) == ([], {})


async def test_the_operator_erases_a_removed_member_by_address(journey: Journey) -> None:
    ada, _ = await removed(journey)
    agency = (await ada.get("/me"))["agency"]["id"]
    operator = journey.browser()
    other = await operator.post(f"/agencies/{agency}/erasures", {"email": ADA}, headers=BY_OPERATOR)
    assert (other.status_code, other.json()["code"]) == (409, "wrong_status")
    unknown = await operator.post(f"/agencies/{agency}/erasures", {"email": "x@y.example"}, headers=BY_OPERATOR)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_member")
    done = await operator.post(f"/agencies/{agency}/erasures", {"email": NIA}, headers=BY_OPERATOR)
    assert done.status_code == 204, done.text
    await journey.pass_time(120, step=20)
    assert await traces(journey, NIA, NAME) == []
    newest = (await ada.get("/activity"))["items"][0]["sentence"]
    assert newest == "The operator erased the name and the addresses of a removed person"
