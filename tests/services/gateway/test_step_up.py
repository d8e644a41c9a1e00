"""Step-up: large changes of money, new admins and new keys need a fresh code in a session, and a scope with a key."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import members as events
from contracts.billing import CycleSwitched, QuoteCycle, QuoteSeats, SwitchCycle
from contracts.billing_quotes import Quoted
from contracts.members import ChangeRole, Remove, RoleChanged
from contracts.members_invitations import Invite, Reinvite, Reinvited
from contracts.message import Command, Message, Seats
from contracts.notifier import Send
from contracts.seats import SetStepUp, StepUpSet
from contracts.seats_purchases import Adjust, SeatsAdjusted
from contracts.vocabulary import BillingCycle, MemberStatus, Role
from tests.services.gateway.test_api_keys import made, signed
from tests.support.gateway_harness import GatewayHarness

MINUTE = 60
PROOF = "/api/v1/sessions/current/proof"
SIZE = "/api/v1/settings/step-up"
HAVE = Seats(base=3, voice=1)


def code_of(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


NEEDS_CODE = (403, "fresh_code_required")


async def stale(front: GatewayHarness) -> httpx.AsyncClient:
    """The browser of an admin who signed in 16 minutes ago, of an agency with a signed BAA."""
    admin = await signed(front)
    front.service.clock.advance(16 * MINUTE)
    return admin


async def prove(front: GatewayHarness, browser: httpx.AsyncClient, email: str = "ada@harbor.example") -> None:
    """Prove the address again in the session of this browser."""
    mail = await front.mailed(browser, email)
    response = await browser.post(PROOF, json={"code": mail["code"]})
    assert response.status_code == 201, response.text


async def quote(
    front: GatewayHarness,
    browser: httpx.AsyncClient,
    after: Seats = HAVE,
    *,
    due_now: int = 0,
    from_balance: int = 0,
    cycle: BillingCycle = BillingCycle.MONTHLY,
) -> str:
    """Have a change quoted at this price; return the quote's id."""
    switches = cycle is not BillingCycle.MONTHLY
    path, body = ("billing/cycle-quotes", {"cycle": cycle}) if switches else ("seats/quotes", after.model_dump())
    asking = asyncio.ensure_future(browser.post(f"/api/v1/{path}", json=body))
    command = await front.published(QuoteCycle if switches else QuoteSeats)
    quoted = Quoted(
        quote_id=command.envelope.id,
        before=HAVE,
        after=after,
        cycle_before=BillingCycle.MONTHLY,
        cycle=cycle,
        due_now=due_now,
        credit=0,
        from_balance=from_balance,
        total_before=100,
        total=200,
        lines=(),
        tiers=(),
        expires_at=front.service.clock(),
    )
    await front.handle(quoted, command=command.envelope.id)
    response = await asking
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def adjusted(command: Adjust) -> SeatsAdjusted:
    return SeatsAdjusted(
        operation_id=uuid4(),
        before=HAVE,
        after=command.after,
        charged=0,
        new_total=200,
        cycle=BillingCycle.MONTHLY,
    )


async def adjust(
    front: GatewayHarness,
    browser: httpx.AsyncClient,
    after: Seats,
    quote_id: str,
    **more: Any,  # noqa: ANN401
) -> httpx.Response:
    """Save these counts; when the gateway sends the command, seats carries it out."""
    headers = more.pop("headers", {})
    request = browser.put("/api/v1/seats", json={**after.model_dump(), "quoteId": quote_id, **more}, headers=headers)
    return await carried_out(front, request, Adjust, adjusted)


async def carried_out(
    front: GatewayHarness,
    request: Awaitable[httpx.Response],
    kind: type[Command],
    outcome: Callable[[Any], Message],
) -> httpx.Response:
    """Make a request that may be rejected before its command; if the command is sent, handle its outcome."""
    asking = asyncio.ensure_future(request)
    command = asyncio.ensure_future(front.published(kind))
    await asyncio.wait([asking, command], return_when=asyncio.FIRST_COMPLETED)
    if command.done():
        message = command.result()
        await front.handle(outcome(message.data), command=message.envelope.id)
    else:
        command.cancel()
    return await asking


def seats(base: int, voice: int = 1) -> Seats:
    return Seats(base=base, voice=voice)


async def test_a_change_up_to_the_agencys_size_needs_no_code(front: GatewayHarness) -> None:
    admin = await stale(front)
    quote_id = await quote(front, admin, seats(13), due_now=49_000, from_balance=1_000)
    assert (await adjust(front, admin, seats(13), quote_id)).status_code == 200


@pytest.mark.parametrize(
    ("after", "due_now", "from_balance"),
    [(seats(4), 50_001, 0), (seats(4), 49_000, 1_001), (seats(14), 0, 0), (seats(0, 12), 0, 0)],
)
async def test_a_large_change_of_seats_needs_a_fresh_code(
    front: GatewayHarness, after: Seats, due_now: int, from_balance: int
) -> None:
    admin = await stale(front)
    quote_id = await quote(front, admin, after, due_now=due_now, from_balance=from_balance)
    response = await adjust(front, admin, after, quote_id, confirm=True)
    assert code_of(response) == NEEDS_CODE
    assert response.json()["fix"] == f"POST {PROOF}"
    await prove(front, admin)
    assert (await adjust(front, admin, after, quote_id, confirm=True)).status_code == 200
    front.service.clock.advance(15 * MINUTE + 1)
    assert code_of(await adjust(front, admin, after, quote_id, confirm=True)) == NEEDS_CODE


async def test_a_sign_in_is_fresh_for_fifteen_minutes(front: GatewayHarness) -> None:
    admin = await signed(front)
    front.service.clock.advance(15 * MINUTE)
    quote_id = await quote(front, admin, seats(9), due_now=60_000)
    assert (await adjust(front, admin, seats(9), quote_id)).status_code == 200


async def test_a_price_that_the_gateway_does_not_know_counts_as_large(front: GatewayHarness) -> None:
    admin = await stale(front)
    cheap = await quote(front, admin, seats(4), due_now=1)
    for after, quote_id in ((seats(4), str(uuid4())), (seats(5), cheap)):
        assert code_of(await adjust(front, admin, after, quote_id)) == NEEDS_CODE
    await front.agency(agency=uuid4(), domain="other.example")
    stranger = await front.sign_in("ada@other.example")
    front.service.clock.advance(16 * MINUTE)
    response = await stranger.put("/api/v1/seats", json={**seats(4).model_dump(), "quoteId": cheap})
    assert code_of(response) == NEEDS_CODE, "and the price of another agency is none"


async def test_a_switch_of_the_cycle_needs_a_fresh_code_when_it_charges_more_than_the_size(
    front: GatewayHarness,
) -> None:
    admin = await stale(front)

    def switched(command: SwitchCycle) -> CycleSwitched:
        return CycleSwitched(
            operation_id=uuid4(),
            before=BillingCycle.MONTHLY,
            cycle=command.cycle,
            charged=1,
            total_before=1,
            total=2,
            renews_at=front.service.clock(),
        )

    async def switch(due_now: int) -> httpx.Response:
        quote_id = await quote(front, admin, due_now=due_now, cycle=BillingCycle.ANNUAL)
        request = admin.put("/api/v1/billing/cycle", json={"cycle": "annual", "quoteId": quote_id})
        return await carried_out(front, request, SwitchCycle, switched)

    assert (await switch(50_000)).status_code == 200
    assert code_of(await switch(50_001)) == NEEDS_CODE
    await prove(front, admin)
    assert (await switch(50_001)).status_code == 200


async def test_a_repeated_request_gets_its_response_without_another_code(front: GatewayHarness) -> None:
    admin = await signed(front)
    quote_id = await quote(front, admin, seats(20), due_now=90_000)
    headers = {"Idempotency-Key": "once"}
    first = await adjust(front, admin, seats(20), quote_id, confirm=True, headers=headers)
    assert first.status_code == 200
    front.service.clock.advance(16 * MINUTE)
    body = {**seats(20).model_dump(), "quoteId": quote_id}
    again = await admin.put("/api/v1/seats", json=body, headers=headers)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await admin.put("/api/v1/seats", json={**body, "base": 30}, headers=headers)
    assert code_of(other) == (422, "idempotency_key_reused")


async def test_more_than_ten_seats_are_added_only_with_confirm(front: GatewayHarness) -> None:
    admin = await signed(front)
    quote_id = await quote(front, admin, seats(14), due_now=37_400, from_balance=100)
    response = await adjust(front, admin, seats(14), quote_id)
    assert code_of(response) == (409, "confirmation_required")
    assert (response.json()["added"], response.json()["dueNow"]) == (11, 37_500)
    assert response.json()["detail"] == (
        "This adds 11 seats at once and charges $375.00 today. Send it again with `confirm`: true if that is right."
    )
    wrong = await admin.put("/api/v1/seats", json={**seats(14).model_dump(), "quoteId": quote_id, "confirm": "true"})
    assert code_of(wrong) == (422, "invalid_request")
    assert (await adjust(front, admin, seats(14), quote_id, confirm=True)).status_code == 200


async def test_a_key_confirms_too_and_needs_no_code(front: GatewayHarness) -> None:
    admin = await signed(front)
    _, program = await made(front, admin, scopes=["billing"])
    front.service.clock.advance(16 * MINUTE)
    quote_id = await quote(front, program, seats(30), due_now=500_000)
    assert code_of(await adjust(front, program, seats(30), quote_id)) == (409, "confirmation_required")
    assert (await adjust(front, program, seats(30), quote_id, confirm=True)).status_code == 200


async def test_making_an_admin_needs_a_fresh_code_and_unmaking_one_does_not(front: GatewayHarness) -> None:
    admin = await stale(front)
    noor = await front.signed_up()
    await front.activate(noor)

    async def change(role: Role) -> httpx.Response:
        request = admin.patch(f"/api/v1/members/{noor}", json={"role": role})
        before = Role.CLINICIAN if role is Role.ADMIN else Role.ADMIN
        return await carried_out(
            front, request, ChangeRole, lambda command: RoleChanged(member_id=noor, before=before, role=command.role)
        )

    assert code_of(await change(Role.ADMIN)) == NEEDS_CODE
    await prove(front, admin)
    assert (await change(Role.ADMIN)).status_code == 200
    front.service.clock.advance(16 * MINUTE)
    assert (await change(Role.CLINICIAN)).status_code == 200


async def test_inviting_an_admin_needs_a_fresh_code_each_time(front: GatewayHarness) -> None:
    admin = await stale(front)
    await front.invite(admin, "cleo@elsewhere.example")
    wanted = {"email": "ida@elsewhere.example", "name": "Ida", "seatType": "base", "role": "admin"}
    assert code_of(await admin.post("/api/v1/members", json=wanted)) == NEEDS_CODE
    await prove(front, admin)
    ida, _ = await front.invite(admin, role="admin")
    front.service.clock.advance(16 * MINUTE)
    one = await admin.post(f"/api/v1/members/{ida}/reinvite")
    many = await admin.post("/api/v1/members/reinvite", json={"ids": [str(ida)]})
    assert [code_of(one), code_of(many)] == [NEEDS_CODE, NEEDS_CODE]
    await prove(front, admin)
    request = admin.post("/api/v1/members/reinvite", json={"ids": [str(ida)]})
    done = await carried_out(front, request, Reinvite, lambda _: Reinvited(done=(ida,), rejected=()))
    assert done.status_code == 200


async def test_a_new_role_or_address_of_an_invitation_makes_an_admin_too(front: GatewayHarness) -> None:
    admin = await signed(front)
    cleo, _ = await front.invite(admin, "cleo@elsewhere.example")
    boss, _ = await front.invite(admin, "boss@elsewhere.example", role="admin")
    front.service.clock.advance(16 * MINUTE)
    for method, path, body in (
        ("POST", f"{cleo}/reinvite", {"role": "admin"}),
        ("PATCH", f"{boss}", {"email": "eve@evil.example"}),
    ):
        response = await admin.request(method, f"/api/v1/members/{path}", json=body)
        assert code_of(response) == NEEDS_CODE, path
    await prove(front, admin)
    _, program = await made(front, admin, scopes=["members"])
    response = await program.patch(f"/api/v1/members/{boss}", json={"email": "eve@evil.example"})
    assert code_of(response) == (403, "insufficient_scope")


async def test_an_api_key_is_made_with_a_fresh_code_alone(front: GatewayHarness) -> None:
    admin = await stale(front)
    body = {"name": "Spare key", "scopes": ["read"]}
    assert code_of(await admin.post("/api/v1/api-keys", json=body)) == NEEDS_CODE
    assert (await admin.get("/api/v1/api-keys")).json() == {"items": []}
    await prove(front, admin)
    assert (await admin.post("/api/v1/api-keys", json=body)).status_code == 201


async def test_wrong_codes_count_as_at_sign_in(front: GatewayHarness) -> None:
    admin = await stale(front)
    mail = await front.mailed(admin, "ada@harbor.example")
    wrong = f"{(int(mail['code']) + 1) % 10_000:04}"
    for left in (4, 3, 2, 1, 0):
        response = await admin.post(PROOF, json={"code": wrong})
        assert (*code_of(response), response.json()["triesLeft"]) == (401, "invalid_code", left)
    assert code_of(await admin.post(PROOF, json={"code": mail["code"]})) == (401, "invalid_code"), "the code is dead"
    signing_in = await admin.post("/api/v1/sessions", json={"email": "ada@harbor.example", "code": mail["code"]})
    assert code_of(signing_in) == (401, "invalid_code"), "also at sign-in"
    assert (await admin.get("/api/v1/me")).status_code == 200, "and the session goes on"
    assert code_of(await admin.post("/api/v1/api-keys", json={"name": "n"})) == NEEDS_CODE


async def test_a_code_proves_once(front: GatewayHarness) -> None:
    admin = await stale(front)
    mail = await front.mailed(admin, "ada@harbor.example")
    response = await admin.post(PROOF, json={"code": mail["code"]})
    assert response.status_code == 201
    assert set(response.json()) == {"provenAt", "freshUntil"}
    assert code_of(await admin.post(PROOF, json={"code": mail["code"]})) == (401, "invalid_code")
    of_proofs = "SELECT state FROM operations WHERE kind = 'gateway.prove_address'"
    assert [row["state"] for row in await front.service.pool.fetch(of_proofs)] == ["done"]
    assert await front.service.pool.fetchval("SELECT count(*) FROM sessions") == 1


async def test_a_code_proves_only_in_the_browser_and_for_the_address_of_the_session(front: GatewayHarness) -> None:
    admin = await stale(front)
    noor = await front.signed_up()
    await front.activate(noor, Role.ADMIN)
    others = await front.mailed(admin, "noor@harbor.example")
    assert code_of(await admin.post(PROOF, json={"code": others["code"]})) == (401, "invalid_code")
    elsewhere = await front.mailed(front.browser(), "ada@harbor.example")
    assert code_of(await admin.post(PROOF, json={"code": elsewhere["code"]})) == (401, "invalid_code")
    assert code_of(await admin.post("/api/v1/api-keys", json={"name": "n"})) == NEEDS_CODE


async def test_a_proof_is_of_one_session_and_no_other(front: GatewayHarness) -> None:
    admin = await signed(front)
    other = await front.sign_in()
    front.service.clock.advance(16 * MINUTE)
    await prove(front, other)
    assert (await other.post("/api/v1/api-keys", json={"name": "n"})).status_code == 201
    assert code_of(await admin.post("/api/v1/api-keys", json={"name": "n"})) == NEEDS_CODE


async def test_neither_a_key_nor_another_site_nor_nobody_proves_anything(front: GatewayHarness) -> None:
    admin = await signed(front)
    _, program = await made(front, admin)
    mail = await front.mailed(admin, "ada@harbor.example")
    body = {"code": mail["code"]}
    assert code_of(await program.post(PROOF, json=body)) == (401, "not_signed_in")
    assert code_of(await front.browser().post(PROOF, json=body)) == (401, "not_signed_in")
    evil = await admin.post(PROOF, json=body, headers={"Origin": "https://evil.example"})
    assert code_of(evil) == (403, "bad_origin")
    assert (await admin.post(PROOF, json=body)).status_code == 201


async def set_size(front: GatewayHarness, browser: httpx.AsyncClient, count: int, amount: int) -> httpx.Response:
    request = browser.put(SIZE, json={"seats": count, "amount": amount})
    return await carried_out(
        front, request, SetStepUp, lambda command: StepUpSet(seats=command.seats, amount=command.amount)
    )


async def test_an_agency_sets_its_own_size_and_enlarges_it_only_with_a_fresh_code(front: GatewayHarness) -> None:
    admin = await stale(front)
    assert (await admin.get(SIZE)).json() == {"seats": 10, "amount": 50_000}
    smaller = await set_size(front, admin, 2, 50_000)
    assert (smaller.status_code, smaller.json()) == (200, {"seats": 2, "amount": 50_000})
    assert (await admin.get(SIZE)).json() == {"seats": 2, "amount": 50_000}
    quote_id = await quote(front, admin, seats(6), due_now=1)
    assert code_of(await adjust(front, admin, seats(6), quote_id)) == NEEDS_CODE
    for size in ((3, 50_000), (2, 50_001), (3, 0)):
        assert code_of(await set_size(front, admin, *size)) == NEEDS_CODE
    await prove(front, admin)
    assert (await set_size(front, admin, 50, 500_000)).status_code == 200
    front.service.clock.advance(16 * MINUTE)
    quote_id = await quote(front, admin, seats(53), due_now=500_000)
    assert (await adjust(front, admin, seats(53), quote_id, confirm=True)).status_code == 200


@pytest.mark.parametrize("size", [(-1, 0), (0, -1), (1_001, 0), (0, 5_000_001)])
async def test_the_size_is_bounded(front: GatewayHarness, size: tuple[int, int]) -> None:
    admin = await signed(front)
    assert code_of(await set_size(front, admin, *size)) == (422, "invalid_request")


async def program_of(front: GatewayHarness, *scopes: str) -> httpx.AsyncClient:
    return (await made(front, await signed(front), scopes=list(scopes)))[1]


async def test_only_the_scope_admin_makes_unmakes_and_removes_admins_and_makes_keys(front: GatewayHarness) -> None:
    program = await program_of(front, "read", "members", "billing")
    noor, bea = await front.signed_up(), await front.signed_up("bea@harbor.example", "Bea")
    await front.activate(noor)
    await front.activate(bea, Role.ADMIN)
    invitation = {"email": "ida@elsewhere.example", "name": "Ida", "seatType": "base", "role": "admin"}
    for method, path, body in (
        ("POST", "members", invitation),
        ("PATCH", f"members/{noor}", {"role": "admin"}),
        ("PATCH", f"members/{bea}", {"role": "clinician"}),
        ("DELETE", f"members/{bea}", None),
        ("POST", f"members/{bea}/reinvite", None),
        ("POST", "members/reinvite", {"ids": [str(noor), str(bea)]}),
        ("POST", "api-keys", {"name": "n", "scopes": ["read"]}),
        ("PUT", "settings/step-up", {"seats": 1, "amount": 1}),
    ):
        response = await program.request(method, f"/api/v1/{path}", json=body)
        assert (*code_of(response), response.json()["scope"]) == (403, "insufficient_scope", "admin"), path
    removed = events.Removed(member_id=noor, before=MemberStatus.ACTIVE)
    request = program.delete(f"/api/v1/members/{noor}")
    assert (await carried_out(front, request, Remove, lambda _: removed)).status_code == 204, "a clinician is removed"


async def test_a_key_sees_the_results_of_the_calls_that_its_scopes_open_alone(front: GatewayHarness) -> None:
    admin = await signed(front)
    quote_id = await quote(front, admin, seats(4), due_now=7)
    operation = f"/api/v1/operations/{quote_id}"
    for scopes, shown in ((["billing"], True), (["admin"], True), (["read", "members"], False)):
        _, program = await made(front, admin, scopes=scopes)
        response = await program.get(operation)
        assert (response.status_code, response.json()["state"]) == (200, "done")
        assert bool(response.json()["result"]) is shown, scopes


async def test_only_the_scope_read_opens_the_stream(front: GatewayHarness) -> None:
    program = await program_of(front, "members", "billing")
    response = await program.get("/api/v1/events")
    assert (*code_of(response), response.json()["scope"]) == (403, "insufficient_scope", "read")


async def test_an_invitation_of_an_admin_is_sent_by_a_key_with_the_scope_admin(front: GatewayHarness) -> None:
    program = await program_of(front, "admin")
    front.service.clock.advance(16 * MINUTE)
    ida, _ = await front.invite(program, role="admin")
    assert isinstance(ida, UUID)
    assert not [message for message in await front.service.published() if message.type in {Invite.type, Send.type}]
