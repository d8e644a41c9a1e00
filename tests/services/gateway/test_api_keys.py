"""API keys: made once, shown once, good for what their admin may, and ended with the admin."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from contracts import members as events
from contracts import members_agencies
from contracts.gateway import ApiKeyCreated, ApiKeyRevoked
from contracts.seats import AutoAddSet, SetAutoAdd
from contracts.vocabulary import KeyScope, MemberStatus, Role, SeatType, member
from services.gateway.application.api_keys import KeyRequest
from services.gateway.application.feed import MemberChanged, SignedOut
from services.gateway.application.ports import Caller
from services.gateway.domain.session_rights import Need
from services.gateway.model.rejected import RejectedError
from tests.services.gateway.test_events import caller_of, next_events
from tests.support.gateway_harness import OPERATOR, GatewayHarness


async def signed(front: GatewayHarness) -> httpx.AsyncClient:
    """An agency whose BAA is signed, and the browser of its admin."""
    await front.agency()
    baa = members_agencies.BaaSigned(
        signer_id=front.admin_id, signer_name="Ada", signer_title="Owner", version="1", signed_at=front.service.clock()
    )
    await front.handle(baa)
    return await front.sign_in()


async def made(
    front: GatewayHarness, admin: httpx.AsyncClient, name: str = "Payroll", **more: object
) -> tuple[str, httpx.AsyncClient]:
    """A key's id, and a program that carries the key: no cookie, no Origin."""
    response = await admin.post("/api/v1/api-keys", json={"name": name, **more})
    assert response.status_code == 201, response.text
    program = front.browser(origin=None)
    program.headers["Authorization"] = f"Bearer {response.json()['secret']}"
    return response.json()["id"], program


async def test_a_key_is_shown_once_and_kept_as_a_hash_alone(front: GatewayHarness) -> None:
    admin = await signed(front)
    headers = {"Idempotency-Key": "mine"}
    response = await admin.post("/api/v1/api-keys", json={"name": " Payroll "}, headers=headers)
    assert response.status_code == 201
    shown = response.json()
    assert set(shown) == {"id", "name", "scopes", "secret", "createdAt", "expiresAt"}
    assert (shown["name"], shown["secret"][:4], len(shown["secret"]) >= 26) == ("Payroll", "hck_", True)
    event = await front.published(ApiKeyCreated)
    assert (str(event.data.key_id), event.data.name) == (shown["id"], "Payroll")
    assert event.envelope.actor == member(front.admin_id)
    again = await admin.post("/api/v1/api-keys", json={"name": "Payroll"}, headers=headers)
    assert (again.status_code, again.json()["code"]) == (409, "already_answered")
    other = await admin.post("/api/v1/api-keys", json={"name": "Other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    listed = (await admin.get("/api/v1/api-keys")).json()["items"]
    assert listed == [
        {
            "id": shown["id"],
            "name": "Payroll",
            "scopes": ["admin"],
            "createdAt": shown["createdAt"],
            "expiresAt": shown["expiresAt"],
            "lastUsedAt": None,
            "createdBy": {"id": str(front.admin_id), "name": "Ada Admin"},
        }
    ]
    for table in ("api_keys", "operations", "outbox"):
        rows = await front.service.pool.fetch(f"SELECT t::text AS text FROM {table} t")
        assert rows
        assert not [row for row in rows if shown["secret"] in row["text"]]


@pytest.mark.parametrize("name", ["", "   ", "n" * 201, "\u200b\n"])
async def test_a_key_has_a_name_of_1_to_200_characters(front: GatewayHarness, name: str) -> None:
    admin = await signed(front)
    response = await admin.post("/api/v1/api-keys", json={"name": name})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["name"])


async def test_no_key_is_made_before_the_baa_is_signed(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    response = await admin.post("/api/v1/api-keys", json={"name": "Payroll"})
    assert (response.status_code, response.json()["code"]) == (409, "baa_unsigned")
    assert (await admin.get("/api/v1/api-keys")).json() == {"items": []}


async def test_a_program_reads_writes_and_listens_with_a_key_and_needs_no_origin(front: GatewayHarness) -> None:
    admin = await signed(front)
    _, program = await made(front, admin)
    assert (await program.get("/api/v1/me")).json()["member"]["id"] == str(front.admin_id)
    assert (await program.get("/api/v1/members")).json()["counts"]["active"] == 1
    switching = program.put("/api/v1/settings/auto-add", json={"enabled": True}, headers={"Idempotency-Key": "on"})
    task = asyncio.ensure_future(switching)
    command = await front.published(SetAutoAdd)
    assert command.envelope.actor == member(front.admin_id)
    await front.handle(AutoAddSet(enabled=True), command=command.envelope.id)
    assert (await task).json()["enabled"] is True
    operation = await program.get(f"/api/v1/operations/{command.envelope.id}")
    assert operation.json()["result"]["enabled"] is True
    caller = Caller("198.51.100.1", key=program.headers["Authorization"].removeprefix("Bearer "))
    stream = aiter(front.http.gateway.feed.listen(caller, None))
    await next_events(stream, 1)
    noor = await front.signed_up()
    [change] = await next_events(stream, 1)
    assert isinstance(change.payload, MemberChanged)
    assert change.payload.member.id == noor


async def test_a_key_in_a_browser_changes_nothing_of_the_cookies_rules(front: GatewayHarness) -> None:
    admin = await signed(front)
    _, program = await made(front, admin)
    program.cookies = admin.cookies
    blocked = await program.put("/api/v1/settings/auto-add", json={"enabled": False})
    assert (blocked.status_code, blocked.json()["code"]) == (403, "bad_origin")


async def test_a_wrong_key_is_rejected_even_beside_a_good_session(front: GatewayHarness) -> None:
    admin = await signed(front)
    for key in ("hck_nonsense", OPERATOR):
        response = await admin.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")


async def test_a_revoked_key_opens_nothing_and_an_event_is_published(front: GatewayHarness) -> None:
    admin = await signed(front)
    key_id, program = await made(front, admin)
    headers = {"Idempotency-Key": "end"}
    response = await admin.delete(f"/api/v1/api-keys/{key_id}", headers=headers)
    assert (response.status_code, response.content) == (204, b"")
    dead = (await program.get("/api/v1/me")).json()
    assert (dead["code"], dead["detail"].partition(":")[0]) == ("not_signed_in", "This API key is not good")
    event = await front.published(ApiKeyRevoked)
    assert (str(event.data.key_id), event.data.name, event.envelope.actor) == (
        key_id,
        "Payroll",
        member(front.admin_id),
    )
    assert (await admin.delete(f"/api/v1/api-keys/{key_id}", headers=headers)).status_code == 204, "the same key"
    gone = await admin.delete(f"/api/v1/api-keys/{key_id}")
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_api_key")
    assert (await admin.get("/api/v1/api-keys")).json() == {"items": []}


async def test_two_admins_who_revoke_a_key_at_once_end_it_once(front: GatewayHarness) -> None:
    admin = await signed(front)
    key_id, _ = await made(front, admin)
    both = await asyncio.gather(*(admin.delete(f"/api/v1/api-keys/{key_id}") for _ in range(2)))
    assert sorted(response.status_code for response in both) == [204, 404]
    assert [message.type for message in await front.service.published()].count(ApiKeyRevoked.type) == 1


async def test_any_admin_of_the_agency_sees_and_revokes_its_keys_and_no_admin_of_another(front: GatewayHarness) -> None:
    admin = await signed(front)
    key_id, program = await made(front, admin)
    await front.agency(agency=uuid4(), domain="other.example")
    stranger = await front.sign_in("ada@other.example")
    assert (await stranger.get("/api/v1/api-keys")).json() == {"items": []}
    denied = await stranger.delete(f"/api/v1/api-keys/{key_id}")
    assert (denied.status_code, denied.json()["code"]) == (404, "unknown_api_key")
    assert (await program.get("/api/v1/me")).status_code == 200
    noor = await front.signed_up()
    await front.activate(noor, Role.ADMIN)
    other_admin = await front.sign_in("noor@harbor.example")
    assert [key["id"] for key in (await other_admin.get("/api/v1/api-keys")).json()["items"]] == [key_id]
    assert (await other_admin.delete(f"/api/v1/api-keys/{key_id}")).status_code == 204


async def test_a_key_ends_when_its_admin_is_demoted_or_removed_and_others_keys_go_on(front: GatewayHarness) -> None:
    admin = await signed(front)
    _, mine = await made(front, admin, "Mine")
    people = [await front.signed_up(f"{name}@harbor.example", name) for name in ("noor", "cem")]
    programs = []
    for person, name in zip(people, ("noor", "cem"), strict=True):
        await front.activate(person, Role.ADMIN)
        browser = await front.sign_in(f"{name}@harbor.example")
        programs.append((await made(front, browser, name))[1])
    await front.service.published()
    ends = (
        events.RoleChanged(member_id=people[0], before=Role.ADMIN, role=Role.CLINICIAN),
        events.Removed(member_id=people[1], before=MemberStatus.ACTIVE),
    )
    for event, program, name in zip(ends, programs, ("noor", "cem"), strict=True):
        assert (await program.get("/api/v1/members")).status_code == 200
        await front.handle(event)
        assert (await program.get("/api/v1/me")).json()["code"] == "not_signed_in"
        assert (await front.published(ApiKeyRevoked)).data.name == name
    await front.handle(events.RoleChanged(member_id=people[0], before=Role.CLINICIAN, role=Role.ADMIN))
    assert (await programs[0].get("/api/v1/me")).status_code == 401, "and does not come back"
    assert (await mine.get("/api/v1/members")).status_code == 200
    assert [key["name"] for key in (await admin.get("/api/v1/api-keys")).json()["items"]] == ["Mine"]


async def test_an_admin_who_is_demoted_in_the_same_instant_makes_no_key(front: GatewayHarness) -> None:
    admin = await signed(front)
    gateway = front.http.gateway
    who = await gateway.callers.signed_in(caller_of(admin), Need.ADMIN)
    await front.handle(events.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    with pytest.raises(RejectedError) as refused:
        await gateway.api_keys.make(who, KeyRequest("late", (KeyScope.READ,)), None)
    assert refused.value.code == "not_an_admin"
    assert await front.service.pool.fetchval("SELECT count(*) FROM api_keys") == 0


async def test_when_a_key_was_last_used_is_right_to_ten_minutes_without_a_write_a_request(
    front: GatewayHarness,
) -> None:
    admin = await signed(front)
    _, program = await made(front, admin)

    async def used() -> str:
        [key] = (await admin.get("/api/v1/api-keys")).json()["items"]
        return str(key["lastUsedAt"])

    await program.get("/api/v1/me")
    first = await used()
    front.service.clock.advance(599)
    await program.get("/api/v1/me")
    assert await used() == first
    front.service.clock.advance(1)
    await program.get("/api/v1/me")
    assert await used() > first


async def test_a_key_has_no_session_to_end(front: GatewayHarness) -> None:
    admin = await signed(front)
    _, program = await made(front, admin)
    response = await program.delete("/api/v1/sessions/current")
    assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
    assert "revoke it" in response.json()["detail"]
    assert (await program.get("/api/v1/me")).status_code == 200


async def test_a_clinician_neither_makes_nor_sees_keys(front: GatewayHarness) -> None:
    await signed(front)
    noor = await front.signed_up()
    await front.handle(events.Activated(member_id=noor, seat_type=SeatType.VOICE, role=Role.CLINICIAN))
    clinician = await front.sign_in("noor@harbor.example")
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", f"/{uuid4()}")):
        response = await clinician.request(method, f"/api/v1/api-keys{path}", json={"name": "n"})
        assert (method, response.status_code, response.json()["code"]) == (method, 403, "not_an_admin")


async def test_an_agency_has_fifty_keys_at_most_also_when_several_are_made_at_once(front: GatewayHarness) -> None:
    admin = await signed(front)
    first, _ = await made(front, admin)
    await front.service.pool.execute(
        "INSERT INTO api_keys (id, agency_id, member_id, name, secret_hash, scopes, created_at, expires_at)"
        " SELECT gen_random_uuid(), agency_id, member_id, name, secret_hash || n::text::bytea, scopes, created_at,"
        "  expires_at"
        " FROM api_keys, generate_series(1, 47) n"
    )
    responses = await asyncio.gather(*(admin.post("/api/v1/api-keys", json={"name": f"n{n}"}) for n in range(4)))
    assert sorted(response.status_code for response in responses) == [201, 201, 409, 409]
    assert {response.json()["code"] for response in responses if response.status_code == 409} == {"too_many_api_keys"}
    assert await front.service.pool.fetchval("SELECT count(*) FROM api_keys") == 50
    assert (await admin.delete(f"/api/v1/api-keys/{first}")).status_code == 204
    await made(front, admin)


async def test_a_key_is_made_with_all_rights_for_ninety_days_unless_it_says_otherwise(front: GatewayHarness) -> None:
    admin = await signed(front)
    plain = (await admin.post("/api/v1/api-keys", json={"name": "Plain"})).json()
    now = front.service.clock()
    assert (plain["scopes"], moment(plain["expiresAt"])) == (["admin"], now + timedelta(days=90))
    wanted = {"name": "Short", "scopes": ["members", "read"], "expiresAt": (now + timedelta(hours=1)).isoformat()}
    short = (await admin.post("/api/v1/api-keys", json=wanted)).json()
    assert (short["scopes"], moment(short["expiresAt"])) == (["read", "members"], now + timedelta(hours=1))
    [_, event] = [message for message in await front.service.published() if message.type == ApiKeyCreated.type]
    assert (event.data.scopes, event.data.expires_at) == (
        (KeyScope.READ, KeyScope.MEMBERS),
        now + timedelta(hours=1),
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes.0"),
        ({"scopes": ["read", "read"]}, "scopes"),
        ({"scopes": "read"}, "scopes"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2099-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2026-06-01T00:00:00"}, "expiresAt"),
    ],
)
async def test_scopes_and_expiry_are_checked(front: GatewayHarness, wanted: dict[str, object], field: str) -> None:
    admin = await signed(front)
    response = await admin.post("/api/v1/api-keys", json={"name": "Key", **wanted})
    assert (response.status_code, field in response.json()["errors"]) == (422, True)


async def test_an_expired_key_opens_nothing_and_says_why_and_is_listed_for_a_month(front: GatewayHarness) -> None:
    admin = await signed(front)
    ends = front.service.clock() + timedelta(hours=1)
    key_id, program = await made(front, admin, expiresAt=ends.isoformat())
    caller = Caller("198.51.100.1", key=program.headers["Authorization"].removeprefix("Bearer "))
    stream = aiter(front.http.gateway.feed.listen(caller, None))
    await next_events(stream, 1)
    front.service.clock.advance(3599)
    assert (await program.get("/api/v1/me")).status_code == 200
    front.service.clock.advance(1)
    dead = await program.get("/api/v1/me")
    assert (dead.status_code, dead.json()["code"]) == (401, "not_signed_in")
    assert dead.json()["detail"].startswith("This API key has expired.")
    await front.signed_up()
    assert isinstance((await anext(stream)).payload, SignedOut)
    assert [key["id"] for key in (await admin.get("/api/v1/api-keys")).json()["items"]] == [key_id]
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM api_keys") == 1
    front.service.clock.advance(31 * 24 * 3600)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM api_keys") == 0
