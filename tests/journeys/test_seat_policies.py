"""Who gets a seat: the policy of each seat type, over HTTP and on the pages."""

from tests.journeys.test_let_in import blocked
from tests.support.journey import Journey, text_of
from tests.support.money import ADA, assert_all_agree, signed_in_admin
from tests.support.visitor import Visitor

SETTINGS = "/admin/agency/settings"
POLICIES = "/settings/seat-policies"
DAY = 24 * 3600


async def test_each_seat_type_has_a_policy_of_its_own_and_the_switch_stays_the_plain_way(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=3)
    in_use = await ada.get(POLICIES)
    assert (in_use["base"]["policy"], in_use["voice"]["policy"]) == ("ask", "ask")
    visitor = Visitor(ada.client)
    await journey.during(visitor.open(SETTINGS))
    await journey.during(visitor.send(f"{SETTINGS}/policies", base_policy="buy", voice_policy="approve_each"))
    assert "The rules for first logins are set." in visitor.page
    assert "Another rule is set for Voice: approve each." in visitor.page
    assert (await ada.get("/seats"))["autoAdd"]["enabled"] is True

    [nia] = await blocked(journey, "nia")
    assert (await nia.me())["blockedReason"] == "awaiting_approval"
    page = Visitor(nia.client)
    await journey.during(page.open("/welcome"))
    assert "An admin has to approve your Voice seat" in page.page
    await journey.pass_time(70, step=5)
    [digest] = [mail for mail in journey.letterbox.to(ADA) if "blocked" in str(mail["Subject"])]
    assert "awaits your approval: you approve each Voice seat" in text_of(digest)
    for name in ("cem", "dan", "eve"):
        await journey.pass_time(3)
        assert (await journey.browser().join(f"{name}@harbor.example", "base")).json()["member"]["status"] == "active"

    await ada.auto_add(False)
    in_use = await ada.get(POLICIES)
    assert (in_use["base"]["policy"], in_use["voice"]["policy"]) == ("ask", "approve_each")
    assert (await ada.put(POLICIES, {"base": "buy", "voice": "ask"})).json() == {"base": "buy", "voice": "ask"}
    assert (await journey.browser().join("fay@harbor.example", "voice")).json()["member"]["status"] == "active"
    await ada.auto_add(True)
    in_use = await ada.get(POLICIES)
    assert (in_use["base"]["policy"], in_use["voice"]["policy"]) == ("buy", "buy")
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert sum("set who gets a seat: " in line for line in lines) == 3
    assert any("an admin approves each Voice seat" in line for line in lines)
    await journey.pass_time(31 * DAY, step=DAY)
    assert (await ada.log_in(ADA)).status_code == 201
    month = await ada.get(POLICIES)
    assert month["voice"] == {"policy": "buy", "lastMonthFree": 1, "lastMonthBought": 0, "lastMonthBlocked": 1}
    assert (month["base"]["lastMonthFree"], month["base"]["lastMonthBought"]) == (3, 1), "the first admin is one"
    await assert_all_agree(journey, ada)


async def test_an_admin_approves_for_a_free_seat_and_declines_with_a_note_that_is_mailed(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=1, voice=1)
    assert (await ada.put(POLICIES, {"base": "ask", "voice": "approve_each"})).status_code == 200
    nia, cem = await blocked(journey, "nia", "cem")
    ids = {name: (await ada.row(f"{name}@harbor.example"))["id"] for name in ("nia", "cem")}
    visitor = Visitor(ada.client)
    await journey.during(visitor.open("/admin/agency/members?status=blocked"))
    assert "Approve …" in visitor.page
    assert "Awaits approval" in visitor.page
    assert "Approve 1 for the free seat" in visitor.page
    dialog = await journey.during(ada.client.get("/admin/agency/members/let-in/choose"))
    assert "Voice, $59.99/mo, awaits approval" in dialog.text
    response = await ada.post("/members/change", {"action": "approve", "ids": [ids["nia"]]})
    assert response.json()["done"] == [ids["nia"]], response.text
    await journey.pass_time(1)
    assert (await nia.me())["status"] == "active"
    full = await ada.post("/members/change", {"action": "approve", "ids": [ids["cem"]]})
    assert "no_seat_available" in full.text
    wrong = await ada.post("/members/change", {"action": "approve", "ids": [ids["cem"]], "note": "no"})
    assert wrong.status_code == 422
    note = "Please ask <again> in January."
    await ada.post("/members/change", {"action": "decline", "ids": [ids["cem"]], "note": note})
    await journey.pass_time(1)
    assert (await cem.me())["blockedReason"] == "request_declined"
    [mail] = [mail for mail in journey.letterbox.to("cem@harbor.example") if "declined" in str(mail["Subject"])]
    assert note in text_of(mail)
    page = Visitor(cem.client)
    await journey.during(page.open("/welcome"))
    assert "Your request was declined" in page.page
    await journey.during(visitor.open("/admin/agency/members"))
    assert "blocked for want of" not in visitor.page, "whoever is declined asks no more"
    await journey.pass_time(70, step=5)
    assert not [mail for mail in journey.letterbox.to(ADA) if "cem" in text_of(mail) and "declined" in text_of(mail)]
    lines = [line["sentence"] for line in (await ada.get("/activity"))["items"]]
    assert f"Ada Park declined the request of cem@harbor.example: “{note}”" in lines
    assert "Ada Park approved nia@harbor.example for a free Voice seat" in lines
    await assert_all_agree(journey, ada)
