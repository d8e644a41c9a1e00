"""The roles clinician and admin over HTTP: who may change them, what changes at once, and that an admin stays."""

from uuid import uuid4

from contracts.vocabulary import Service
from tests.support.journey import Browser, Journey, text_of

ADA = "ada@harbor.example"
NIA = "nia@harbor.example"


async def admin_and_clinician(journey: Journey) -> tuple[Browser, Browser]:
    """Open an agency with a signed BAA; return its admin Ada and the Active clinician Nia, both signed in."""
    await journey.open_agency(base=2)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await nia.join(NIA)
    return ada, nia


async def id_of(browser: Browser) -> str:
    return str((await browser.get("/me"))["member"]["id"])


async def test_an_admin_promotes_a_clinician_who_then_demotes_the_first_admin(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    assert (await nia.ask("GET", "/members")).json()["code"] == "not_an_admin"
    promoted = await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    assert promoted.status_code == 200, promoted.text
    assert (promoted.json()["email"], promoted.json()["role"], promoted.json()["planType"]) == (NIA, "admin", "base")
    listed = {member["email"]: member["role"] for member in (await nia.get("/members"))["items"]}
    assert listed == {ADA: "admin", NIA: "admin"}
    demoted = await nia.ask("PATCH", f"/members/{await id_of(ada)}", {"role": "clinician"})
    assert (demoted.status_code, demoted.json()["role"]) == (200, "clinician")
    assert (await ada.ask("GET", "/members")).json()["code"] == "not_an_admin", "on the next request"
    assert (await ada.get("/me"))["member"]["status"] == "active", "and keeps the seat"
    await journey.drain()
    [mail] = [mail for mail in journey.letterbox.to(NIA) if "admin" in str(mail["Subject"])]
    assert str(mail["Subject"]) == "You are an admin at Harbor Clinic now"
    assert "/admin/agency" in text_of(mail)
    assert "You are a clinician at Harbor Clinic now" in journey.letterbox.subjects(ADA)


async def test_a_change_to_the_current_role_succeeds_and_mails_nobody(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    response = await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "clinician"})
    assert (response.status_code, response.json()["role"]) == (200, "clinician")
    await journey.drain()
    assert journey.letterbox.subjects(NIA) == []


async def test_no_role_changes_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency(base=2)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await nia.join(NIA)
    response = await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    assert (response.status_code, response.json()["code"]) == (409, "baa_unsigned")
    assert (await nia.get("/me"))["member"]["role"] == "clinician"


async def test_only_an_active_member_of_the_same_agency_changes_role(journey: Journey) -> None:
    ada, _ = await admin_and_clinician(journey)
    await journey.browser().join("blocked@harbor.example")
    [blocked] = (await ada.get("/members?status=blocked"))["items"]
    response = await ada.ask("PATCH", f"/members/{blocked['id']}", {"role": "admin"})
    assert (response.status_code, response.json()["code"]) == (409, "wrong_status")
    await journey.open_agency("other.example")
    stranger = journey.browser()
    await stranger.log_in("ada@other.example")
    for unknown in (uuid4(), await id_of(stranger)):
        response = await ada.ask("PATCH", f"/members/{unknown}", {"role": "clinician"})
        assert (response.status_code, response.json()["code"]) == (404, "unknown_member")
    assert (await stranger.get("/me"))["member"]["role"] == "admin"


async def test_a_demotion_of_the_only_admin_is_rejected_and_says_what_to_do_first(journey: Journey) -> None:
    ada, _ = await admin_and_clinician(journey)
    response = await ada.ask("PATCH", f"/members/{await id_of(ada)}", {"role": "clinician"})
    assert (response.status_code, response.json()["code"]) == (409, "last_admin")
    assert "somebody else an admin first" in response.json()["detail"]
    assert (await ada.ask("GET", "/members")).status_code == 200


async def test_of_two_admins_who_demote_each_other_in_the_same_instant_one_stays(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    paths = [(ada, f"/members/{await id_of(nia)}"), (nia, f"/members/{await id_of(ada)}")]
    journey.bus.held = {Service.MEMBERS}
    tasks = [journey.later(browser.ask("PATCH", path, {"role": "clinician"})) for browser, path in paths]
    await journey.until_published("members.change_role.v1", 3)
    journey.bus.held = set()
    responses = [await journey.during(task) for task in tasks]
    assert sorted(response.status_code for response in responses) == [200, 409]
    [loser] = [response.json() for response in responses if response.status_code == 409]
    assert loser["code"] == "last_admin"
    roles = [(await browser.get("/me"))["member"]["role"] for browser in (ada, nia)]
    assert sorted(roles) == ["admin", "clinician"]


async def test_a_demotion_counts_before_the_gateway_has_handled_its_event(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    await journey.browser().sign_up("cem@harbor.example")
    cem = (await ada.get("/members?status=pending_login"))["items"][0]["id"]
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    nia_id = await id_of(nia)
    journey.bus.held = {Service.MEMBERS}
    demoting = journey.later(ada.ask("PATCH", f"/members/{nia_id}", {"role": "clinician"}))
    await journey.until_published("members.change_role.v1", 2)
    acting = journey.later(nia.ask("PATCH", f"/members/{cem}", {"role": "admin"}))
    await journey.until_published("members.change_role.v1", 3)
    journey.bus.held = set()
    assert (await journey.during(demoting)).status_code == 200
    rejected = await journey.during(acting)
    assert (rejected.status_code, rejected.json()["code"]) == (403, "not_an_admin")


async def test_a_clinician_uses_the_product_and_has_no_agency_management_permissions(journey: Journey) -> None:
    _, nia = await admin_and_clinician(journey)
    assert (await nia.get("/me"))["member"]["status"] == "active"
    requests = [
        ("GET", "/members", None),
        ("POST", "/members", {"email": "x@y.example", "name": "X", "seatType": "base"}),
        ("POST", "/members/reinvite", {"ids": [await id_of(nia)]}),
        ("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"}),
        ("PATCH", f"/members/{await id_of(nia)}", {"seatType": "voice"}),
        ("DELETE", f"/members/{await id_of(nia)}", None),
        ("GET", "/seats", None),
        ("PUT", "/settings/auto-add", {"enabled": False}),
        ("PUT", "/settings/domain", {"domain": "harbor.example"}),
        ("POST", "/api-keys", {"name": "Mine"}),
    ]
    for method, path, body in requests:
        response = await nia.ask(method, path, body)
        assert (path, response.status_code, response.json()["code"]) == (path, 403, "not_an_admin")


async def test_an_admin_has_full_access_can_invite_and_remove_members_change_seats_and_sign_the_baa(
    journey: Journey,
) -> None:
    await journey.open_agency(base=3, voice=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    assert (await ada.sign_baa()).status_code == 201
    invited = await ada.invite("ida@elsewhere.example")
    assert invited.status_code == 201
    accepted = await journey.browser().accept(journey.letterbox.invitations("ida@elsewhere.example")[0])
    ida = accepted.json()["member"]["id"]
    assert (await ada.swap(ida, "voice")).status_code == 200
    assert (await ada.ask("PATCH", f"/members/{ida}", {"role": "admin"})).status_code == 200
    assert (await ada.ask("DELETE", f"/members/{ida}")).status_code == 204


async def test_an_agency_can_have_several_admins(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    assert (await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})).status_code == 200
    for admin in (ada, nia):
        assert [member["role"] for member in (await admin.get("/members"))["items"]] == ["admin", "admin"]


async def test_admin_is_transferred_by_promoting_a_second_person_who_then_removes_the_first_or_by_demoting_oneself(
    journey: Journey,
) -> None:
    ada, nia = await admin_and_clinician(journey)
    ada_id, nia_id = await id_of(ada), await id_of(nia)
    assert (await ada.ask("PATCH", f"/members/{nia_id}", {"role": "admin"})).status_code == 200
    assert (await ada.ask("PATCH", f"/members/{ada_id}", {"role": "clinician"})).status_code == 200
    assert (await ada.ask("GET", "/members")).status_code == 403
    assert (await nia.ask("PATCH", f"/members/{ada_id}", {"role": "admin"})).status_code == 200
    assert (await nia.ask("DELETE", f"/members/{ada_id}")).status_code == 204
    assert (await ada.ask("GET", "/me")).status_code == 401
    assert [member["role"] for member in (await nia.get("/members"))["items"]] == ["admin"]
