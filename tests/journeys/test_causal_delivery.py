"""Causal delivery: a service handles every event that the caller has seen before it decides the caller's command."""

from contracts.vocabulary import Service
from tests.support.journey import Journey

ADA = "ada@harbor.example"
NIA = "nia@harbor.example"


async def test_auto_add_right_after_the_baas_201_waits_until_seats_has_handled_the_signature(journey: Journey) -> None:
    await journey.open_agency()
    ada = journey.browser()
    await ada.log_in(ADA)
    journey.bus.held = {Service.SEATS}
    assert (await ada.sign_baa()).status_code == 201, "seats has not handled baa_signed"
    journey.bus.backwards = {Service.SEATS}
    switching = journey.later(ada.auto_add(True))
    await journey.drain()
    journey.bus.held = set()
    response = await journey.during(switching)
    assert response.status_code == 200, response.text
    assert journey.published("seats.command_rejected.v1") == []


async def test_a_sign_up_and_login_right_after_the_agency_opens_are_never_rejected(journey: Journey) -> None:
    journey.bus.backwards = set(Service)
    assert (await journey.open_agency(base=2)).status_code == 201
    response = await journey.browser().join(NIA)
    assert response.json()["member"]["status"] == "active"
    for service in Service:
        assert journey.published(f"{service}.command_rejected.v1") == []


async def test_a_first_login_waits_until_the_agencys_account_is_open(journey: Journey) -> None:
    journey.bus.held = {Service.BILLING}
    opening = journey.later(journey.open_agency(base=2))
    await journey.until_published("members.agency_founded.v1")
    await journey.drain()
    nia = journey.browser()
    assert (await nia.sign_up(NIA)).status_code == 201
    logging_in = journey.later(nia.log_in(NIA))
    await journey.until_published("members.first_login.v1")
    await journey.drain()
    assert journey.published("seats.seat_denied.v1") == []
    journey.bus.held = set()
    assert (await journey.during(opening)).is_success
    assert (await journey.during(logging_in)).is_success
    assert (await nia.get("/me"))["member"]["status"] == "active"
    holders = [event.data.member_id for event in journey.published("seats.seat_assigned.v1")]
    assert holders[0] == journey.published("members.agency_founded.v1")[0].data.admin_id
