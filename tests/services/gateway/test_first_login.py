"""From sign-up to the first login, over HTTP."""

from datetime import timedelta

from prometheus_client import REGISTRY

from contracts import members as events
from contracts.gateway import SignedIn
from contracts.members import RecordLogin, SignUp
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from hosting.gauges import Gauges
from services.gateway.app import MEASURES
from tests.support.gateway_harness import GatewayHarness

EMAIL = "noor@harbor.example"
NEW = {"email": EMAIL, "name": "Noor Haddad", "seatType": "voice"}


async def test_a_sign_up_waits_for_its_outcome_and_is_then_listed(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()

    def outcome(command: SignUp) -> events.SignedUp:
        assert command.email == EMAIL
        return events.SignedUp(
            member_id=front.agency_id, email=command.email, name=command.name, seat_type=command.seat_type
        )

    response = await front.answered(browser.post("/api/v1/signups", json=NEW), SignUp, outcome)
    assert response.status_code == 201
    admin = await front.sign_in()
    listed = (await admin.get("/api/v1/members?status=pending_login")).json()
    assert [row["email"] for row in listed["items"]] == [EMAIL]
    assert listed["counts"] == {"invited": 0, "pendingLogin": 1, "active": 1, "blocked": 0, "removed": 0}


async def test_the_time_until_an_outcome_is_measured_and_an_operation_without_one_is_late(
    front: GatewayHarness,
) -> None:
    await front.agency()

    def outcome(command: SignUp) -> events.SignedUp:
        return events.SignedUp(
            member_id=front.agency_id, email=command.email, name=command.name, seat_type=command.seat_type
        )

    def counted() -> float:
        labels = {"kind": "members.sign_up.v1"}
        return REGISTRY.get_sample_value("headcount_operation_seconds_count", labels) or 0.0

    before = counted()
    await front.answered(front.browser().post("/api/v1/signups", json=NEW), SignUp, outcome)
    assert counted() == before + 1
    await Gauges(front.service.runtime, None, MEASURES).read()
    assert REGISTRY.get_sample_value("headcount_operations_late") == 0
    begun = front.service.clock() - timedelta(seconds=30)
    await front.service.pool.execute("UPDATE operations SET state = 'running', created_at = $1", begun)
    await Gauges(front.service.runtime, None, MEASURES).read()
    assert REGISTRY.get_sample_value("headcount_operations_late") == 1


async def test_the_sign_up_of_a_known_address_gets_the_response_of_a_new_one(front: GatewayHarness) -> None:
    await front.agency()
    browser = front.browser()

    def fresh(command: SignUp) -> events.SignedUp:
        return events.SignedUp(
            member_id=front.agency_id, email=command.email, name=command.name, seat_type=command.seat_type
        )

    def known(command: SignUp) -> events.SignUpRejected:
        return events.SignUpRejected(member_id=front.agency_id, email=command.email, status=MemberStatus.ACTIVE)

    first = await front.answered(browser.post("/api/v1/signups", json=NEW), SignUp, fresh)
    second = await front.answered(browser.post("/api/v1/signups", json=NEW), SignUp, known)
    assert (first.status_code, first.content) == (second.status_code, second.content)


async def test_a_sign_up_with_an_unknown_domain_is_rejected_without_a_command(front: GatewayHarness) -> None:
    response = await front.browser().post("/api/v1/signups", json={**NEW, "email": "noor@nowhere.example"})
    assert response.status_code == 422
    assert response.json()["code"] == "domain_not_auto_join"
    assert "nowhere.example" in response.json()["detail"]
    assert await front.service.published() == []


async def test_the_first_login_sends_record_login_and_its_response_shows_the_seat(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    browser = front.browser()
    mail = await front.mailed(browser, EMAIL)

    def seated(command: RecordLogin) -> events.Activated:
        assert command.member_id == member_id
        return events.Activated(member_id=member_id, seat_type=SeatType.VOICE, role=Role.CLINICIAN)

    entering = browser.post("/api/v1/sessions", json={"email": EMAIL, "code": mail["code"]})
    response = await front.answered(entering, RecordLogin, seated)
    assert response.status_code == 201
    assert response.json()["member"]["status"] == "active"
    assert response.json()["member"]["planType"] == "voice"
    assert (await front.published(SignedIn)).data.member_id == member_id
    me = (await browser.get("/api/v1/me")).json()
    assert me["member"]["email"] == EMAIL
    assert me["agency"]["baaSigned"] is False


async def test_a_first_login_that_finds_no_seat_is_blocked_and_says_why(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    browser = front.browser()
    mail = await front.mailed(browser, EMAIL)

    def full(_order: RecordLogin) -> events.Blocked:
        reason = BlockedReason.NO_SEAT_AVAILABLE
        return events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason)

    entering = browser.post("/api/v1/sessions", json={"email": EMAIL, "code": mail["code"]})
    response = await front.answered(entering, RecordLogin, full)
    member = response.json()["member"]
    assert (member["status"], member["blockedReason"], member["planType"]) == ("blocked", "no_seat_available", None)
    assert (await browser.get("/api/v1/me")).status_code == 200
    assert (await browser.get("/api/v1/members")).json()["code"] == "not_active"


async def test_a_slow_outcome_leaves_an_operation_to_poll(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    front.http.gateway.operations.patience = 0
    browser = front.browser()
    mail = await front.mailed(browser, EMAIL)
    response = await browser.post("/api/v1/sessions", json={"email": EMAIL, "code": mail["code"]})
    assert response.json()["member"]["status"] == "pending_login"
    operation = response.json()["operation"]
    assert (await browser.get(operation["href"])).json()["state"] == "running"
    command = await front.published(RecordLogin)
    assert str(command.envelope.id) == operation["id"]
    ended = events.Activated(member_id=member_id, seat_type=SeatType.VOICE, role=Role.CLINICIAN)
    await front.handle(ended, command=command.envelope.id)
    finished = (await browser.get(operation["href"])).json()
    assert (finished["state"], finished["result"]["member"]["status"]) == ("done", "active")
    assert (await front.browser().get(operation["href"])).json()["code"] == "unknown_operation"


async def test_the_mails_link_signs_in_once_and_from_any_browser(front: GatewayHarness) -> None:
    await front.agency()
    token = (await front.mailed(front.browser(), "ada@harbor.example"))["link"].rpartition("/")[2]
    phone = front.browser("198.51.100.7")
    assert (await phone.post("/api/v1/sessions", json={"token": token})).status_code == 201
    again = await front.browser().post("/api/v1/sessions", json={"token": token})
    assert (again.status_code, again.json()["code"]) == (401, "link_expired")


async def test_several_agencies_are_offered_and_the_same_code_serves_the_choice(front: GatewayHarness) -> None:
    await front.agency()
    other = front.admin_id
    await front.agency(agency=other, domain="river.example")
    member_id = await front.signed_up("ada@river.example")
    await front.activate(member_id)
    browser = front.browser()
    mail = await front.mailed(browser, "ada@river.example")
    entry = {"email": "ada@river.example", "code": mail["code"]}
    response = await browser.post("/api/v1/sessions", json=entry)
    assert (response.status_code, response.json()["code"]) == (409, "choose_agency")
    # Two may have the same name: the domain tells them apart.
    assert [(agency["id"], agency["domain"]) for agency in response.json()["agencies"]] == [
        (str(front.agency_id), "harbor.example"),
        (str(other), "river.example"),
    ]
    chosen = await browser.post("/api/v1/sessions", json={**entry, "agencyId": str(other)})
    assert chosen.status_code == 201
    assert chosen.json()["agency"]["id"] == str(other)
