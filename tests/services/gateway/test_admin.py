"""What admins do: the agency's opening, BAA, Auto-Add, the portal, and who may not."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts import members_agencies
from contracts.billing import AccountOpened, BillingCommandRejected, OpenPortal, PortalOpened
from contracts.billing_rejections import PaymentDeclined
from contracts.gateway import SignedIn
from contracts.members import ChangeRole, LoginRecorded
from contracts.members_agencies import AgencyRejected, FoundAgency, SignBaa
from contracts.message import Seats
from contracts.seats import AutoAddSet, CapacityChanged, SeatsCommandRejected, SetAutoAdd
from contracts.vocabulary import BAA_VERSION, BillingCycle, MemberStatus, RejectionCode, Role, SeatType
from hosting.sealing import Sealing
from tests.support.gateway_harness import OPERATOR, GatewayHarness

NO_PAUSE = {"fault": None, "declined": None, "declineCode": None}
AGENCY = {
    "name": "Harbor Clinic",
    "domain": "Harbor.example",
    "adminEmail": "ada@harbor.example",
    "adminName": "Ada Admin",
    "cycle": "monthly",
    "base": 2,
    "voice": 1,
    "adminSeatType": "base",
    "paymentMethod": "pm_card_visa",
}
OPERATORS = {"Authorization": f"Bearer {OPERATOR}"}


async def test_only_the_operator_opens_agencies(front: GatewayHarness) -> None:
    for headers in ({}, {"Authorization": "Bearer no-such-key"}):
        response = await front.browser().post("/api/v1/agencies", json=AGENCY, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    assert await front.service.published() == []


async def test_the_first_admins_login_is_shown_once_members_records_it_and_every_session_updates_last_seen(
    front: GatewayHarness,
) -> None:
    await front.agency()
    admin = await front.sign_in()
    [row] = (await admin.get("/api/v1/members")).json()["items"]
    assert (row["firstLoginAt"], row["lastSeenAt"]) == (None, None), "no event of it is handled yet"
    first = await front.published(SignedIn)
    recorded = LoginRecorded(member_id=front.admin_id, status=MemberStatus.ACTIVE, blocked_reason=None)
    for _ in range(2):
        await front.handle(recorded)
        await front.handle(first.data)
        front.service.clock.advance(3600)
    await front.handle(SignedIn(member_id=front.admin_id, at=front.service.clock()))
    [row] = (await admin.get("/api/v1/members")).json()["items"]
    assert datetime.fromisoformat(row["firstLoginAt"]) == first.data.at
    assert datetime.fromisoformat(row["lastSeenAt"]) == front.service.clock()


async def test_the_response_to_an_opened_agency_has_its_first_admin(front: GatewayHarness) -> None:
    asking = front.browser().post("/api/v1/agencies", json=AGENCY, headers={**OPERATORS, "Idempotency-Key": "k"})
    seats = Seats(base=2, voice=1)

    task = asyncio.ensure_future(asking)
    command = await front.published(FoundAgency)
    agency, command_id = command.envelope.agency_id, command.envelope.id
    assert command.data.domain == "harbor.example"
    admin_id = uuid4()
    founded = members_agencies.AgencyFounded(
        **command.data.model_dump(exclude={"admin_email", "admin_name", "admin_seat_type"}),
        admin_id=admin_id,
        admin_email=command.data.admin_email,
        admin_name=command.data.admin_name,
        admin_seat_type=command.data.admin_seat_type,
    )
    opened = AccountOpened(
        customer_id="cus_1", subscription_id="sub_1", purchased=seats, cycle=BillingCycle.MONTHLY, total=1
    )
    for event in (founded, opened):
        await front.handle(event, command=command_id, agency=agency)
    ended = events.Activated(member_id=admin_id, seat_type=SeatType.BASE, role=Role.ADMIN)
    await front.handle(ended, command=command_id, agency=agency)
    response = await task
    assert response.status_code == 201
    assert response.json()["agency"]["id"] == str(agency)
    assert response.json()["admin"]["role"] == "admin"
    again = await front.browser().post("/api/v1/agencies", json=AGENCY, headers={**OPERATORS, "Idempotency-Key": "k"})
    assert again.content == response.content
    assert await front.service.published() == []


async def test_a_declined_card_opens_no_agency_and_leaves_none(front: GatewayHarness) -> None:
    def declined(_order: FoundAgency) -> AgencyRejected:
        return AgencyRejected(code=RejectionCode.PAYMENT_DECLINED, figures=PaymentDeclined("insufficient_funds"))

    asking = front.browser().post("/api/v1/agencies", json=AGENCY, headers=OPERATORS)
    response = await front.answered(asking, FoundAgency, declined)
    assert (response.status_code, response.json()["code"]) == (402, "payment_declined")
    assert response.json()["declineCode"] == "insufficient_funds"
    assert "portal" in response.json()["fix"]
    assert await front.service.pool.fetchval("SELECT count(*) FROM agencies") == 0


async def test_auto_add_cannot_be_switched_on_until_the_baa_is_signed(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()

    task = asyncio.ensure_future(admin.put("/api/v1/settings/auto-add", json={"enabled": True}))
    command = await front.published(SetAutoAdd)
    command_id = str(command.envelope.id)
    no = SeatsCommandRejected(command_id=command_id, command_type=SetAutoAdd.type, code=RejectionCode.BAA_UNSIGNED)
    await front.handle(no, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["code"]) == (409, "baa_unsigned")
    assert "Sign it" in response.json()["detail"]


async def test_a_signed_baa_is_shown_and_auto_add_is_on_after_its_response(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    text = (await admin.get("/api/v1/baa")).json()
    assert (text["version"], text["signature"]) == (BAA_VERSION, None)
    assert "Business Associate" in text["text"]
    body = {"signerName": "Ada Admin", "signerTitle": "Owner", "version": BAA_VERSION}

    def signed(command: SignBaa) -> members_agencies.BaaSigned:
        now = front.service.clock()
        return members_agencies.BaaSigned(signer_id=front.admin_id, signed_at=now, **command.model_dump())

    response = await front.answered(admin.post("/api/v1/baa/signature", json=body), SignBaa, signed)
    assert response.status_code == 201
    assert response.json()["signerName"] == "Ada Admin"
    assert (await admin.get("/api/v1/me")).json()["agency"]["baaSigned"] is True
    switching = admin.put("/api/v1/settings/auto-add", json={"enabled": True})
    on = await front.answered(switching, SetAutoAdd, lambda command: AutoAddSet(enabled=command.enabled))
    assert on.json() == {"enabled": True, "locked": False, "paused": None, **NO_PAUSE}


async def test_another_version_of_the_baa_is_not_signed(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    body = {"signerName": "Ada Admin", "signerTitle": "Owner", "version": "2001-01"}
    response = await admin.post("/api/v1/baa/signature", json=body)
    assert (response.status_code, list(response.json()["errors"])) == (422, ["version"])


async def test_the_portals_address_is_given_once(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    url = "https://billing.stripe.example/p/1"
    sealed = Sealing(front.settings.sealing_keys).seal({"url": url})
    headers = {"Idempotency-Key": "click"}
    asking = admin.post("/api/v1/billing/portal-sessions", headers=headers)
    response = await front.answered(asking, OpenPortal, lambda _order: PortalOpened(sealed=sealed))
    assert (response.status_code, response.json()) == (201, {"url": url})
    again = await admin.post("/api/v1/billing/portal-sessions", headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    assert await front.service.pool.fetchval("SELECT count(*) FROM operations WHERE sealed IS NOT NULL") == 0


async def test_a_rejected_command_that_followed_from_ours_does_not_end_our_operation(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    front.http.gateway.operations.patience = 0
    started = await admin.put("/api/v1/settings/auto-add", json={"enabled": False})
    command_id = UUID(started.json()["operation"]["id"])
    other = BillingCommandRejected(
        command_id=str(uuid4()), command_type="billing.set_quantities.v1", code="internal_error"
    )
    await front.handle(other, command=command_id)
    assert (await admin.get(started.headers["Location"])).json()["state"] == "running"
    await front.handle(AutoAddSet(enabled=False), command=command_id)
    assert (await admin.get(started.headers["Location"])).json()["state"] == "done"


async def test_seats_show_the_purchased_active_available_and_waiting_counts(front: GatewayHarness) -> None:
    await front.agency(base=2, voice=1)
    await front.activate(await front.signed_up())
    capacity = CapacityChanged(
        purchased=Seats(base=2, voice=1),
        incoming=Seats(voice=2),
        waiting=Seats(voice=2),
        paused=RejectionCode.PAYMENT_DECLINED,
    )
    await front.handle(capacity)
    admin = await front.sign_in()
    seats = (await admin.get("/api/v1/seats")).json()
    expected = {"purchased": 1, "active": 1, "available": 0, "incoming": 2, "waiting": 2, "unsettled": 0, "invited": 0}
    assert seats["voice"] == expected
    assert (seats["base"]["active"], seats["base"]["available"]) == (1, 1)
    assert seats["autoAdd"] == {"enabled": False, "locked": True, "paused": "payment_declined", **NO_PAUSE}


async def test_members_are_listed_in_pages_by_name_and_found_by_part_of_name_or_address(front: GatewayHarness) -> None:
    await front.agency()
    for name in ("Zoe Last", "Bea Second", "Cem 100%"):
        await front.signed_up(f"{name.split()[0].lower()}@harbor.example", name)
    admin = await front.sign_in()
    first = (await admin.get("/api/v1/members?limit=3")).json()
    rest = (await admin.get("/api/v1/members", params={"limit": 3, "cursor": first["nextCursor"]})).json()
    names = [row["name"] for row in (*first["items"], *rest["items"])]
    assert names == ["Ada Admin", "Bea Second", "Cem 100%", "Zoe Last"]
    assert rest["nextCursor"] is None

    async def found(q: str) -> list[str]:
        return [row["name"] for row in (await admin.get("/api/v1/members", params={"q": q})).json()["items"]]

    assert await found("SECOND") == ["Bea Second"]
    assert await found("zoe@") == ["Zoe Last"]
    assert await found("%") == ["Cem 100%"]
    await front.signed_up("angel@harbor.example", "Ángel Núñez")
    assert await found("angel nu") == await found("ANGEL@") == ["Ángel Núñez"]
    names = [row["name"] for row in (await admin.get("/api/v1/members")).json()["items"]]
    assert names == ["Ada Admin", "Ángel Núñez", "Bea Second", "Cem 100%", "Zoe Last"]
    assert (await admin.get("/api/v1/members?cursor=nonsense")).json()["errors"]["cursor"]


_FOUND = {
    "lukasz": "Łukasz Żółć",
    "ZOLC": "Łukasz Żółć",
    "soren": "Søren Kjær",
    "kjaer": "Søren Kjær",
    "Kjær": "Søren Kjær",
    "isil": "I\u015f\u0131l Y\u0131lmaz",
    "yilmaz": "I\u015f\u0131l Y\u0131lmaz",
    "dang": "Đặng Thị",
    "o'brien": "Sean O\u2019Brien",
    "O\u2019Brien": "Sean O\u2019Brien",
    "obrien": "Sean O\u2019Brien",
    "jose": "Jose\u0301 Garci\u0301a",
    "strasse": "Kim Straße",
    "kim@straße": "Kim Straße",
    "kim@xn--strae": "Kim Straße",
    "李小": "李小龙",
    "\u202dKim\u202c": "Kim Straße",
}


async def test_a_search_finds_a_name_by_plain_letters_and_an_address_by_either_form(front: GatewayHarness) -> None:
    await front.agency()
    names = sorted(set(_FOUND.values()))
    for at, name in enumerate(names):
        await front.signed_up("kim@straße.example" if name == "Kim Straße" else f"n{at}@harbor.example", name)
    admin = await front.sign_in()
    for typed, name in _FOUND.items():
        found = (await admin.get("/api/v1/members", params={"q": typed})).json()["items"]
        assert (typed, [row["name"] for row in found]) == (typed, [name])


@pytest.mark.parametrize(
    ("locale", "order"),
    [
        ("en", ["Ada Admin", "Ärla", "Åsa", "Łukasz", "Lyn", "Ñandu", "Nora", "Öst", "Zoe"]),
        ("sv", ["Ada Admin", "Łukasz", "Lyn", "Ñandu", "Nora", "Zoe", "Åsa", "Ärla", "Öst"]),
        ("es", ["Ada Admin", "Ärla", "Åsa", "Łukasz", "Lyn", "Nora", "Ñandu", "Öst", "Zoe"]),
        ("pl", ["Ada Admin", "Ärla", "Åsa", "Lyn", "Łukasz", "Ñandu", "Nora", "Öst", "Zoe"]),
        ("xx", ["Ada Admin", "Ärla", "Åsa", "Łukasz", "Lyn", "Ñandu", "Nora", "Öst", "Zoe"]),
    ],
)
async def test_members_are_sorted_in_the_language_of_their_agency_page_by_page(
    front: GatewayHarness, locale: str, order: list[str]
) -> None:
    await front.agency(locale=locale)
    for at, name in enumerate(["Zoe", "Öst", "Lyn", "Åsa", "Nora", "Ärla", "Ñandu", "Łukasz"]):
        await front.signed_up(f"n{at}@harbor.example", name)
    admin = await front.sign_in()
    shown: list[str] = []
    page = (await admin.get("/api/v1/members?limit=2")).json()
    while True:
        shown += [row["name"] for row in page["items"]]
        if page["nextCursor"] is None:
            break
        page = (await admin.get("/api/v1/members", params={"limit": 2, "cursor": page["nextCursor"]})).json()
    assert shown == order


async def test_a_clinician_or_a_demoted_admin_may_make_no_admin_call(front: GatewayHarness) -> None:
    await front.agency()
    member_id = await front.signed_up()
    await front.activate(member_id)
    clinician = await front.sign_in("noor@harbor.example")
    calls = [
        ("GET", "/api/v1/members"),
        ("GET", "/api/v1/seats"),
        ("GET", "/api/v1/baa"),
        ("PUT", "/api/v1/settings/auto-add"),
        ("POST", "/api/v1/baa/signature"),
        ("POST", "/api/v1/billing/portal-sessions"),
        ("PATCH", f"/api/v1/members/{front.admin_id}"),
        ("DELETE", f"/api/v1/members/{front.admin_id}"),
    ]
    for method, path in calls:
        response = await clinician.request(method, path, json={"enabled": True})
        assert (path, response.status_code, response.json()["code"]) == (path, 403, "not_an_admin")
        nobody = await front.browser().request(method, path, json={"enabled": True})
        assert (path, nobody.status_code, nobody.json()["code"]) == (path, 401, "not_signed_in")
    admin = await front.sign_in()
    await front.handle(events.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    assert (await admin.get("/api/v1/members")).json()["code"] == "not_an_admin"


async def test_the_operation_of_a_new_role_belongs_to_the_calling_admin_and_shows_the_member(
    front: GatewayHarness,
) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    admin, clinician = await front.sign_in(), await front.sign_in("noor@harbor.example")

    async def change() -> httpx.Response:
        body, key = {"role": "admin"}, {"Idempotency-Key": "promote"}
        return await admin.patch(f"/api/v1/members/{noor}", json=body, headers=key)

    task = asyncio.ensure_future(change())
    command = await front.published(ChangeRole)
    assert (command.data.member_id, command.data.role) == (noor, Role.ADMIN)
    event = events.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN)
    await front.handle(event, command=command.envelope.id)
    response = await task
    assert (response.status_code, response.json()["role"]) == (200, "admin")
    operation = f"/api/v1/operations/{command.envelope.id}"
    assert (await admin.get(operation)).json()["result"] == response.json()
    assert (await clinician.get(operation)).json()["code"] == "unknown_operation"
    await front.handle(events.RoleChanged(member_id=noor, before=Role.ADMIN, role=Role.CLINICIAN))
    assert (await change()).content == response.content, "the same key gets the same response, whatever happened since"


async def test_a_demoted_admin_reads_of_an_earlier_operation_only_that_it_is_over(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    front.http.gateway.operations.patience = 0
    started = await admin.post("/api/v1/billing/portal-sessions")
    command = await front.published(OpenPortal)
    await front.handle(events.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    sealed = Sealing(front.settings.sealing_keys).seal({"url": "https://billing.stripe.example/p/1"})
    await front.handle(PortalOpened(sealed=sealed), command=command.envelope.id)
    seen = (await admin.get(started.headers["Location"])).json()
    assert (seen["state"], seen["result"]) == ("done", {})
    await front.handle(events.RoleChanged(member_id=front.admin_id, before=Role.CLINICIAN, role=Role.ADMIN))
    again = (await admin.get(started.headers["Location"])).json()
    assert again["result"] == {"url": "https://billing.stripe.example/p/1"}, "it was given to nobody"


async def test_signing_out_ends_the_session_in_every_place_that_copied_it(front: GatewayHarness) -> None:
    await front.agency()
    browser = await front.sign_in()
    copy = front.browser()
    copy.cookies = browser.cookies
    ended = await browser.delete("/api/v1/sessions/current")
    assert ended.status_code == 204
    assert (await copy.get("/api/v1/me")).json()["code"] == "not_signed_in"


async def test_signing_in_again_rolls_the_session(front: GatewayHarness) -> None:
    await front.agency()
    browser = await front.sign_in()
    old = dict(browser.cookies)
    mail = await front.mailed(browser, "ada@harbor.example")
    await browser.post("/api/v1/sessions", json={"email": "ada@harbor.example", "code": mail["code"]})
    thief = front.browser()
    thief.cookies.update(old)
    assert (await thief.get("/api/v1/me")).status_code == 401
    assert (await browser.get("/api/v1/me")).status_code == 200
