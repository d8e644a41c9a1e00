"""Removing members over HTTP: what ends at once, what becomes free, and what stays."""

from contracts.vocabulary import Service
from tests.journeys.test_roles import ADA, NIA, admin_and_clinician, id_of
from tests.support.journey import Journey

CEM = "cem@harbor.example"


async def test_a_removed_members_session_ends_at_once_and_the_seat_is_free_but_stays_purchased(
    journey: Journey,
) -> None:
    ada, nia = await admin_and_clinician(journey)
    cem = journey.browser()
    assert (await cem.join(CEM)).json()["member"]["status"] == "blocked"
    response = await ada.ask("DELETE", f"/members/{await id_of(nia)}")
    assert (response.status_code, response.content) == (204, b"")
    assert (await nia.ask("GET", "/me")).json()["code"] == "not_signed_in"
    base = (await ada.get("/seats"))["base"]
    assert (base["purchased"], base["active"], base["available"]) == (2, 1, 1)
    await journey.drain()
    assert (await cem.get("/me"))["member"]["status"] == "blocked", "a freed seat lets no Blocked member in"
    assert await journey.updates() == []
    assert journey.letterbox.subjects(NIA) == ["You were removed from Harbor Clinic"]
    assert (await ada.get("/members"))["counts"]["removed"] == 1
    assert (await journey.browser().join("dee@harbor.example")).json()["member"]["status"] == "active"


async def test_codes_of_a_removed_member_are_invalid(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    phone = journey.browser()
    await phone.post("/login-codes", {"email": NIA})
    await journey.drain()
    await ada.ask("DELETE", f"/members/{await id_of(nia)}")
    response = await phone.post("/sessions", {"email": NIA, "code": journey.letterbox.code(NIA)})
    assert (response.status_code, response.json()["code"]) == (401, "invalid_code")


async def test_a_removed_address_that_signs_up_again_gets_the_usual_response_and_stays_removed(
    journey: Journey,
) -> None:
    ada, nia = await admin_and_clinician(journey)
    await ada.ask("DELETE", f"/members/{await id_of(nia)}")
    responses = [await journey.browser().sign_up(email) for email in (NIA, CEM)]
    assert [response.status_code for response in responses] == [201, 201]
    assert responses[0].json() | {"email": CEM} == responses[1].json()
    await journey.drain()
    [gone] = (await ada.get("/members?status=removed"))["items"]
    assert gone["email"] == NIA
    assert journey.letterbox.subjects(NIA)[-1] == "Your account at Harbor Clinic was removed: ask your admin"


async def test_the_last_admin_is_not_removed_and_nobody_is_removed_before_the_baa_is_signed(journey: Journey) -> None:
    await journey.open_agency(base=2)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await nia.join(NIA)
    unsigned = await ada.ask("DELETE", f"/members/{await id_of(nia)}")
    assert (unsigned.status_code, unsigned.json()["code"]) == (409, "baa_unsigned")
    await ada.sign_baa()
    last = await ada.ask("DELETE", f"/members/{await id_of(ada)}")
    assert (last.status_code, last.json()["code"]) == (409, "last_admin")
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    assert (await ada.ask("DELETE", f"/members/{await id_of(ada)}")).status_code == 204, "another admin stays"
    assert (await ada.ask("GET", "/me")).status_code == 401


async def test_of_two_admins_who_remove_each_other_in_the_same_instant_one_stays(journey: Journey) -> None:
    ada, nia = await admin_and_clinician(journey)
    await ada.ask("PATCH", f"/members/{await id_of(nia)}", {"role": "admin"})
    paths = [(ada, f"/members/{await id_of(nia)}"), (nia, f"/members/{await id_of(ada)}")]
    journey.bus.held = {Service.MEMBERS}
    tasks = [journey.later(browser.ask("DELETE", path)) for browser, path in paths]
    await journey.until_published("members.remove.v1", 2)
    journey.bus.held = set()
    responses = [await journey.during(task) for task in tasks]
    assert sorted(response.status_code for response in responses) == [204, 409]
    assert [response.json()["code"] for response in responses if response.status_code == 409] == ["last_admin"]


async def test_a_member_removed_during_their_auto_add_purchase_is_out_and_the_seat_stays_purchased_and_free(
    journey: Journey,
) -> None:
    await journey.open_agency(base=1)
    ada, nia = journey.browser(), journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    journey.bus.held = {Service.BILLING}
    joining = journey.later(nia.join(NIA))
    await journey.until_published("billing.set_quantities.v1")
    [waiting] = (await ada.get("/members?status=pending_login"))["items"]
    assert (await ada.ask("DELETE", f"/members/{waiting['id']}")).status_code == 204
    rejected = await journey.during(joining)
    assert (rejected.status_code, rejected.json()["code"]) == (401, "not_signed_in"), "the wait is over"
    journey.bus.held = set()
    await journey.drain()
    base = (await ada.get("/seats"))["base"]
    assert (base["purchased"], base["active"], base["available"], base["waiting"]) == (2, 1, 1, 0)
    assert len(await journey.updates()) == 1
    assert journey.published("members.activated.v1")[1:] == journey.published("members.blocked.v1") == []
    assert journey.letterbox.subjects(ADA)[-1].startswith("1 Base seat added and free, $")
