"""Idle seats: the use that sessions and programs report, who has not been seen, reminders, and what the pages show."""

import httpx

from tests.support.journey import Browser, Journey, text_of
from tests.support.money import ADA, signed_in_admin

DAY = 24 * 3600
NIA, BO = "nia@harbor.example", "bo@harbor.example"


async def periods(ada: Browser) -> dict[int, tuple[int, int, int | None]]:
    found = (await ada.get("/seats/idle"))["periods"]
    return {idle["days"]: (idle["base"], idle["voice"], (idle["monthly"] or {}).get("amount")) for idle in found}


async def key_of(ada: Browser, scope: str) -> dict[str, str]:
    made = await ada.post("/api-keys", {"name": "usage", "scopes": [scope]})
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['secret']}"}


async def report(journey: Journey, headers: dict[str, str], *uses: dict[str, str]) -> httpx.Response:
    program = journey.browser().client
    return await journey.during(program.post("/api/v1/usage", json={"members": list(uses)}, headers=headers))


async def aged(journey: Journey) -> Browser:
    """An agency with three people in Base seats, of whom only the admin was seen in the last 31 days."""
    ada = await signed_in_admin(journey, base=3)
    for email in (NIA, BO):
        assert (await journey.browser().join(email)).status_code == 201
    await journey.advance(31 * DAY)
    assert (await ada.log_in(ADA)).status_code == 201
    await journey.drain()
    return ada


async def test_who_has_not_been_seen_for_a_month_is_listed_with_the_cost_of_the_seats(journey: Journey) -> None:
    ada = await aged(journey)
    assert await periods(ada) == {30: (2, 0, 2 * 2999), 60: (0, 0, 0), 90: (0, 0, 0)}
    listed = await ada.get("/members?notSeenFor=30")
    assert {member["email"] for member in listed["items"]} == {BO, NIA}
    assert (await ada.get("/members?notSeenFor=60"))["total"] == 0
    shown = (await ada.client.get("/admin/agency/members?idle=30")).text
    assert "2 people have not been seen for 30 days. Their seats, 2 Base and 0 Voice, cost $59.98/mo." in shown
    assert 'value="remind"' in shown
    assert 'value="remind"' not in (await ada.client.get("/admin/agency/members")).text
    assert "2 seats not used for 30 days, for $59.98/mo." in (await ada.client.get("/admin/agency/billing")).text
    refused = await ada.client.get("/api/v1/members?notSeenFor=31")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


async def test_a_use_that_a_program_reports_counts_once_a_day_and_only_in_its_agency(journey: Journey) -> None:
    ada = await aged(journey)
    usage = await key_of(ada, "usage")
    answer = await report(journey, usage, {"email": NIA}, {"email": NIA}, {"email": "stranger@lake.example"})
    assert (answer.status_code, answer.json()) == (200, {"recorded": 1, "unknown": [2]})
    await journey.drain()
    assert (await periods(ada))[30][:2] == (1, 0)
    again = await report(journey, usage, {"email": NIA})
    assert again.json() == {"recorded": 0, "unknown": []}
    assert len(journey.published("gateway.use_recorded.v1")) == 1

    [bo] = (await ada.get("/members?q=bo%40"))["items"]
    old = await report(journey, usage, {"id": bo["id"], "at": "2020-01-01T00:00:00Z"})
    assert old.json()["recorded"] == 0
    ahead = await report(journey, usage, {"id": bo["id"], "at": "2099-01-01T00:00:00Z"})
    assert ahead.json()["recorded"] == 1
    await journey.drain()
    [bo] = (await ada.get("/members?q=bo%40"))["items"]
    assert bo["lastSeenAt"] < "2099", "a use of the future is one of now"

    await journey.open_agency("lake.example")
    cem = journey.browser()
    await cem.log_in("ada@lake.example")
    await cem.sign_baa()
    elsewhere = await report(journey, await key_of(cem, "usage"), {"id": bo["id"]}, {"email": BO})
    assert elsewhere.json() == {"recorded": 0, "unknown": [0, 1]}

    narrow = await report(journey, await key_of(ada, "read"), {"email": NIA})
    assert (narrow.status_code, narrow.json()["code"]) == (403, "insufficient_scope")
    for wrong in ({}, {"email": NIA, "id": bo["id"]}, {"email": "no address"}):
        assert (await report(journey, usage, wrong)).status_code == 422


async def test_a_session_that_is_used_keeps_its_seat_from_being_idle(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=2)
    nia = journey.browser()
    await nia.join(NIA)
    for _ in range(4):
        await journey.advance(10 * DAY)
        assert (await nia.client.get("/api/v1/me")).status_code == 200
        await journey.http.gateway.sessions.last_seen.write()
        await journey.drain()
    assert (await ada.log_in(ADA)).status_code == 201
    await journey.drain()
    assert (await periods(ada))[30][:2] == (0, 0)
    before = len(journey.published("gateway.use_recorded.v1"))
    await nia.client.get("/api/v1/me")
    await journey.http.gateway.sessions.last_seen.write()
    assert len(journey.published("gateway.use_recorded.v1")) == before, "a use counts once a day"


async def test_a_reminder_is_one_mail_in_seven_days_and_a_line_of_the_log(journey: Journey) -> None:
    ada = await aged(journey)
    [nia] = (await ada.get("/members?q=nia%40"))["items"]
    body = {"action": "remind", "ids": [nia["id"]]}
    done = await ada.post("/members/change", body)
    assert done.status_code == 200, done.text
    [result] = done.json()["done"]
    await journey.drain()
    mail = journey.letterbox.to(NIA)[-1]
    assert mail["Subject"] == "Your Base seat at Harbor Clinic is waiting for you"
    assert "You were last seen" not in text_of(mail)
    assert "Nobody is removed automatically." in text_of(mail)
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert f"Ada Park reminded Nia ({NIA}) of the seat" in lines or any("reminded" in line for line in lines)

    again = await ada.post("/members/change", body)
    [refused] = again.json()["refused"]
    assert refused["code"] == "reminded_already"
    assert result
    asked = await ada.client.post(
        "/admin/agency/members/select?idle=30",
        data={"action": "remind", "ids": nia["id"]},
        headers={"Origin": journey.public},
    )
    assert "nobody twice in 7 days. Left out:" in asked.text
    await journey.advance(7 * DAY)
    await ada.log_in(ADA)
    assert (await ada.post("/members/change", body)).json()["refused"] == []


async def test_an_admin_who_wants_it_is_mailed_the_idle_seats_as_each_month_begins(journey: Journey) -> None:
    ada = await aged(journey)
    idle_mails = journey.http.gateway.idle_mails
    assert (await ada.get("/settings/idle-mail")) == {"enabled": False}
    assert await idle_mails.run_once() == 0, "nobody wants it"
    wanted = await ada.put("/settings/idle-mail", {"enabled": True})
    assert (wanted.status_code, wanted.json()) == (200, {"enabled": True})
    await journey.drain()
    assert await idle_mails.run_once() == 0, "the month had begun before"

    await journey.advance(31 * DAY)
    assert await idle_mails.run_once() == 1
    assert await idle_mails.run_once() == 1, "another process may look before the first one's count is read"
    await journey.drain()
    assert await idle_mails.run_once() == 0
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "idle seat" in str(mail["Subject"])]
    assert mail["Subject"] == "3 idle seats at Harbor Clinic"
    assert "They cost $89.97 a month." in text_of(mail)

    await ada.log_in(ADA)
    await ada.put("/settings/idle-mail", {"enabled": False})
    await journey.advance(31 * DAY)
    assert await idle_mails.run_once() == 0
