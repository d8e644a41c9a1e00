"""Strangers: for every route of the API's description, only the right caller's request succeeds.

First the right caller's request succeeds. Then the same request, on a thing of the same kind, comes from nobody, a
clinician, another agency's admin, an ended session, a revoked key, an expired key, the key of a demoted admin, the
admin's own bearer token, which opens three calls and no other, the admin's keys without the scope, and, for a large
step, the admin in a session without a fresh code. Each is rejected, and no row of the agency changes. Finally the right
caller makes that request, with an API key of the scope where one is allowed, which proves that only the caller was
wrong.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from contracts.vocabulary import BAA_VERSION, KeyScope
from database.postgres import Db
from services.gateway.api.request import API
from tests.support.databases import Databases
from tests.support.journey import OPERATOR, Browser, Journey, journey_on
from tests.support.migrated import migrate_all
from tests.support.money import set_card
from tests.support.routes import Route, described, routes
from tests.support.rows import TableRows, changes, read_rows

VICTIM, OTHER = "harbor.example", "meadow.example"
ADA, CLEO, DEE, BO = f"ada@{VICTIM}", f"cleo@{VICTIM}", f"dee@{VICTIM}", f"ada@{OTHER}"
SESSION_COOKIE = "__Host-session"
REJECTED = {401, 403, 404}
CLINICIAN, FOREIGNER = "a clinician of the agency", "another agency's admin"
BEARER = "the admin's bearer token"
OPEN_TO_BEARERS = {("GET", "/me"), ("GET", "/events"), ("DELETE", "/sessions/current")}
NOT_COMPARED = {"gateway.rates": "requests are counted by the hour, for every caller"}
SIGNATURE = {"signerName": "Ada Park", "signerTitle": "Director", "version": BAA_VERSION}


@dataclass(frozen=True)
class Caller:
    """A caller: a browser with its cookies, and other credentials."""

    browser: Browser
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ApiRequest:
    """A request without its caller. `streams`: its response has no end."""

    path: str
    body: object = None
    streams: bool = False

    @property
    def text(self) -> str:
        """The path and the body, as one text to search."""
        return self.path + json.dumps(self.body)


@dataclass
class Cast:
    """Two agencies, and every caller. `keys` have one scope each; `stale` is the admin, who signed in long ago."""

    journey: Journey
    db: Db
    victim_id: UUID
    admin: Caller
    operator: Caller
    strangers: dict[str, Caller]
    keys: dict[KeyScope, Caller]
    stale: Caller
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def ask(self, caller: Caller, method: str, request: ApiRequest) -> httpx.Response:
        """Make a request as this caller, and drain."""
        if request.streams:
            response = await begin(self.journey, caller, method, request.path)
        else:
            response = await caller.browser.ask(method, request.path, request.body, dict(caller.headers))
        await self.journey.drain()
        return response

    async def victims_rows(self) -> TableRows:
        """Drain, and return every row of the agency and every row without an agency."""
        await self.journey.drain()
        return await read_rows(self.db, agency_id=self.victim_id, besides=NOT_COMPARED)

    async def names_the_victims(self, request: ApiRequest) -> bool:
        """Return whether the request contains one of the agency's ids or its domain."""
        known = await self.db.fetch(
            "SELECT member_id AS id FROM gateway.members WHERE agency_id = $1"
            " UNION ALL SELECT id FROM gateway.operations WHERE agency_id = $1"
            " UNION ALL SELECT id FROM gateway.api_keys WHERE agency_id = $1"
            " UNION ALL SELECT id FROM gateway.sessions WHERE agency_id = $1 UNION ALL SELECT $1",
            self.victim_id,
        )
        return any(str(own) in request.text for own in (VICTIM, *(row["id"] for row in known)))

    async def clinician(self) -> UUID:
        """Join as a fresh Active clinician of the agency; return the member id."""
        email = f"clinician{next(self.numbers)}@{VICTIM}"
        joined = await self.journey.browser().join(email)
        assert joined.json()["member"]["status"] == "active", joined.text
        return UUID(joined.json()["member"]["id"])


async def begin(journey: Journey, caller: Caller, method: str, path: str) -> httpx.Response:
    """Make a request whose response has no end, and disconnect after its first byte."""
    client = caller.browser.client
    request = client.build_request(method, f"{API}{path}", headers=dict(caller.headers))
    response: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, Any]:
        await asyncio.wait([response])
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            response.set_result(httpx.Response(message["status"]))

    scope = {
        "type": "http",
        "method": method,
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("198.51.100.7", 4711),
    }
    await journey.http(scope, receive, send)
    return await response


Prepare = Callable[[Cast], Awaitable[ApiRequest]]
Choose = Callable[[Cast], Awaitable[Caller]]


@dataclass(frozen=True)
class Right:
    """A way to make a request that succeeds.

    `own`: any session may make the request about itself, so the clinician and the other admin are no strangers to it.
    `no`: a rejection of another agency's admin takes a form of its own, which this function recognizes. `scope`: the
    way needs another scope than the route names. `large`: in a session it needs a fresh code.
    """

    caller: Choose
    prepare: Prepare
    own: bool = False
    scope: KeyScope | None = None
    large: bool = False
    no: Callable[[httpx.Response], bool] = lambda response: response.status_code in REJECTED


async def admin(cast: Cast) -> Caller:
    return cast.admin


async def operator(cast: Cast) -> Caller:
    return cast.operator


async def just_signed_in(cast: Cast) -> Caller:
    """Return the admin in a fresh session, which the request may end."""
    browser = cast.journey.browser()
    assert (await browser.log_in(ADA)).status_code == 201
    return Caller(browser)


async def just_joined(cast: Cast) -> Caller:
    """Return a fresh clinician, whose sessions the request may end."""
    browser = cast.journey.browser()
    assert (await browser.join(f"clinician{next(cast.numbers)}@{VICTIM}")).json()["member"]["status"] == "active"
    return Caller(browser)


async def one_session_less(cast: Cast) -> ApiRequest:
    """A request about another session of the agency's admin."""
    browser = (await just_signed_in(cast)).browser
    [session] = [row for row in (await browser.get("/sessions"))["items"] if row["current"]]
    return ApiRequest(f"/sessions/{session['id']}")


def as_it_is(path: str, body: object = None, *, streams: bool = False) -> Prepare:
    """A request that needs no preparation."""

    async def prepare(_: Cast) -> ApiRequest:
        return ApiRequest(path, body, streams)

    return prepare


def of_the_agency(path: str) -> Prepare:
    """A request about the agency, by its id."""

    async def prepare(cast: Cast) -> ApiRequest:
        return ApiRequest(path.format(agency_id=cast.victim_id))

    return prepare


def about_somebody_new(path: str, body: dict[str, object] | None = None, name: str = "guest") -> Prepare:
    """A request about a person whom no agency knows."""

    async def prepare(cast: Cast) -> ApiRequest:
        new = {"email": f"{name}{next(cast.numbers)}@elsewhere.example", "name": "Gil Adler", "seatType": "base"}
        return ApiRequest(path.format(agency_id=cast.victim_id), new | (body or {}))

    return prepare


def on_a_clinician(path: str, body: object = None) -> Prepare:
    """A request about a fresh Active clinician."""

    async def prepare(cast: Cast) -> ApiRequest:
        return ApiRequest(path.format(member_id=await cast.clinician()), body)

    return prepare


async def another_agency(cast: Cast) -> ApiRequest:
    domain = f"new{next(cast.numbers)}.example"
    return ApiRequest(
        "/agencies",
        {
            "name": "Newcomer",
            "domain": domain,
            "adminEmail": f"ada@{domain}",
            "adminName": "Ada Park",
            "cycle": "monthly",
            "base": 1,
            "voice": 0,
            "adminSeatType": "base",
            "paymentMethod": "pm_card_visa",
        },
    )


async def an_operation(cast: Cast) -> ApiRequest:
    """A request about an operation that the agency's admin ran."""
    assert (await cast.admin.browser.auto_add(enabled=False)).is_success
    its_id = "SELECT id FROM gateway.operations WHERE agency_id = $1 AND kind = 'seats.set_auto_add.v1'"
    return ApiRequest(f"/operations/{await cast.db.fetchval(its_id, cast.victim_id)}")


async def invited(cast: Cast) -> str:
    """Invite a person; return the member id."""
    request = await about_somebody_new("/members")(cast)
    response = await cast.ask(cast.admin, "POST", request)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def one_more_invite(cast: Cast) -> ApiRequest:
    return ApiRequest(f"/members/{await invited(cast)}/reinvite")


def a_list(role: str) -> Prepare:
    """A list of one person to invite."""

    async def prepare(cast: Cast) -> ApiRequest:
        guest = {"email": f"guest{next(cast.numbers)}@elsewhere.example", "name": "Guest", "seatType": "base"}
        return ApiRequest("/members/invitations", {"people": [guest | {"role": role}]})

    return prepare


async def an_own_list(cast: Cast) -> ApiRequest:
    """A request about a list that the admin has sent."""
    response = await cast.ask(cast.admin, "POST", await a_list("clinician")(cast))
    assert response.status_code == 201, response.text
    return ApiRequest(f"/members/invitations/{response.json()['id']}")


def on_an_invited(path: str) -> Prepare:
    """A request about a person who is invited for it: they need no seat."""

    async def prepare(cast: Cast) -> ApiRequest:
        return ApiRequest(path.format(member_id=await invited(cast)))

    return prepare


async def one_invitation_less(cast: Cast) -> ApiRequest:
    return ApiRequest(f"/members/{await invited(cast)}/invitation")


async def one_removal_less(cast: Cast) -> ApiRequest:
    """The undo of the removal of a fresh Active clinician."""
    member_id = await cast.clinician()
    assert (await cast.ask(cast.admin, "DELETE", ApiRequest(f"/members/{member_id}"))).status_code == 204
    return ApiRequest(f"/members/{member_id}/undo-removal")


async def a_removed_one(cast: Cast) -> ApiRequest:
    """The erasure of a fresh Active clinician, who is removed first."""
    undo = await one_removal_less(cast)
    return ApiRequest(undo.path.replace("undo-removal", "erase"))


async def a_removed_address(cast: Cast) -> ApiRequest:
    """The operator's erasure of a fresh Active clinician, who is removed first."""
    undo = await one_removal_less(cast)
    member = await cast.ask(cast.admin, "GET", ApiRequest(undo.path.removesuffix("/undo-removal")))
    return ApiRequest(f"/agencies/{cast.victim_id}/erasures", {"email": member.json()["email"]})


async def more_invites(cast: Cast) -> ApiRequest:
    return ApiRequest("/members/reinvite", {"ids": [await invited(cast), await invited(cast)]})


async def two_clinicians_exchange(cast: Cast) -> ApiRequest:
    """An exchange of two fresh Active clinicians, each of whom has the seat already."""
    members = [{"id": str(await cast.clinician()), "seatType": "base"} for _ in range(2)]
    return ApiRequest("/members/exchange-seats", {"members": members})


def nobody_is_known(response: httpx.Response) -> bool:
    """Whether a report of use names members who are unknown to the caller's agency."""
    return response.status_code in REJECTED or response.json().get("unknown") == [0]


def nobody_was_reinvited(response: httpx.Response) -> bool:
    """Return whether every member of the bulk re-invite is unknown; another agency's members get no other result."""
    result = response.json()
    return not result["done"] and {rejection["code"] for rejection in result["refused"]} == {"unknown_member"}


def on_clinicians(body: Mapping[str, object]) -> Prepare:
    """A change of two fresh Active clinicians at once."""

    async def prepare(cast: Cast) -> ApiRequest:
        ids = [str(await cast.clinician()), str(await cast.clinician())]
        return ApiRequest("/members/change", {**body, "ids": ids})

    return prepare


async def make_key(cast: Cast, caller: Caller, **more: object) -> dict[str, str]:
    """Make an API key; return its id and its secret."""
    body = {"name": f"Key {next(cast.numbers)}", **more}
    response = await cast.ask(caller, "POST", ApiRequest("/api-keys", body))
    assert response.status_code == 201, response.text
    return {"id": response.json()["id"], "secret": response.json()["secret"]}


async def one_key_less(cast: Cast) -> ApiRequest:
    return ApiRequest(f"/api-keys/{(await make_key(cast, cast.admin))['id']}")


def domain_is_not_theirs(response: httpx.Response) -> bool:
    """Return whether the domain is taken or not proven, which is what protects it from another agency."""
    return response.json()["code"] in {"domain_taken", "domain_not_proven"}


def more_seats(count: int) -> Prepare:
    """So many more Base seats, at a price quoted to the agency's admin."""

    async def prepare(cast: Cast) -> ApiRequest:
        seats = await cast.admin.browser.get("/seats")
        counts = {"base": seats["base"]["purchased"] + count, "voice": seats["voice"]["purchased"]}
        quote = await cast.ask(cast.admin, "POST", ApiRequest("/seats/quotes", counts))
        assert quote.status_code == 201, quote.text
        return ApiRequest("/seats", {**counts, "quoteId": quote.json()["id"], "confirm": True})

    return prepare


async def one_blocked_member_less(cast: Cast) -> ApiRequest:
    """Leave no Voice seat free, have somebody Blocked, and let that person in with as many seats as there were."""
    active = (await cast.admin.browser.get("/seats"))["voice"]["active"]
    full = await quoted(cast, active)
    saved = await cast.ask(cast.admin, "PUT", ApiRequest("/seats", full))
    assert saved.status_code in {200, 409}, saved.text
    browser = cast.journey.browser()
    blocked = (await browser.join(f"blocked{next(cast.numbers)}@{VICTIM}", "voice")).json()["member"]
    assert blocked["status"] == "blocked"
    return ApiRequest("/members/let-in", {**await quoted(cast, 100), "ids": [blocked["id"]]})


async def quoted(cast: Cast, voice: int) -> dict[str, object]:
    """So many Voice seats, at a price quoted to the agency's admin."""
    base = (await cast.admin.browser.get("/seats"))["base"]["purchased"]
    quote = await cast.ask(cast.admin, "POST", ApiRequest("/seats/quotes", {"base": base, "voice": voice}))
    quote_id = quote.json()["id"] if quote.status_code == 201 else str(UUID(int=0))
    return {"base": base, "voice": voice, "quoteId": quote_id, "confirm": True}


def another_agencys_members_are_unknown(response: httpx.Response) -> bool:
    """Return whether the quote and the members are not the caller's."""
    return response.json()["code"] in {"quote_stale", "quote_expired", "fresh_code_required"}


def another_agencys_quote_is_none(response: httpx.Response) -> bool:
    """Return whether the quote is not the caller's; an agency already on that cycle has nothing to change."""
    return response.json()["code"] in {"quote_expired", "nothing_to_change"}


async def price_of_the_other_cycle(cast: Cast) -> ApiRequest:
    now = (await cast.admin.browser.get("/billing"))["cycle"]
    return ApiRequest("/billing/cycle-quotes", {"cycle": "annual" if now == "monthly" else "monthly"})


async def the_annual_cycle(cast: Cast) -> ApiRequest:
    """The annual cycle, which charges a year, at a price quoted to the agency's admin."""
    while True:
        quote = await cast.ask(cast.admin, "POST", await price_of_the_other_cycle(cast))
        assert quote.status_code == 201, quote.text
        request = ApiRequest("/billing/cycle", {"cycle": quote.json()["cycle"], "quoteId": quote.json()["id"]})
        if quote.json()["cycle"] == "annual":
            return request
        assert (await cast.ask(cast.admin, "PUT", request)).is_success


async def another_try(cast: Cast) -> ApiRequest:
    """Pause Auto-Add by a direct update: a declined purchase would take all the seats that other requests need."""
    paused = "UPDATE seats.ledgers SET paused = 'payment_declined' WHERE agency_id = $1"
    await cast.db.execute(paused, cast.victim_id)
    return ApiRequest("/billing/retry")


async def a_waiting_change(cast: Cast) -> ApiRequest:
    """Save a change whose payment the bank wants confirmed."""
    await set_card(cast.journey, "action_required")
    quote = await cast.ask(cast.admin, "POST", await as_it_is("/seats/quotes", {"base": 300, "voice": 100})(cast))
    change = {**quote.json()["after"], "quoteId": quote.json()["id"], "confirm": True}
    saved = await cast.ask(cast.admin, "PUT", ApiRequest("/seats", change))
    assert saved.status_code in {202, 409}, saved.text
    await set_card(cast.journey, "good")
    return ApiRequest("/billing/cancel-change")


async def an_invited_admin(cast: Cast) -> str:
    """Invite a person as an admin; return the member id."""
    request = await about_somebody_new("/members", {"role": "admin"}, "boss")(cast)
    response = await cast.ask(cast.admin, "POST", request)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def an_admin_invited_anew(cast: Cast) -> ApiRequest:
    return ApiRequest(f"/members/{await an_invited_admin(cast)}/reinvite")


async def admins_invited_anew(cast: Cast) -> ApiRequest:
    return ApiRequest("/members/reinvite", {"ids": [await an_invited_admin(cast)]})


async def one_admin_less(cast: Cast) -> ApiRequest:
    return ApiRequest(f"/members/{await an_invited_admin(cast)}")


async def a_larger_size(cast: Cast) -> ApiRequest:
    size = await cast.admin.browser.get("/settings/step-up")
    return ApiRequest("/settings/step-up", {"seats": size["seats"] + 1, "amount": size["amount"]})


async def a_scheduled_reduction(cast: Cast) -> ApiRequest:
    fewer = {"base": 28, "voice": 28}
    assert (await cast.admin.browser.put("/seats/reduction", fewer)).status_code == 200
    return ApiRequest("/seats/reduction")


async def a_code(cast: Cast) -> ApiRequest:
    """A code that was mailed to the admin, for the browser of the admin."""
    assert (await cast.admin.browser.post("/login-codes", {"email": ADA})).status_code == 202
    await cast.journey.drain()
    return ApiRequest("/sessions/current/proof", {"code": cast.journey.letterbox.code(ADA)})


PUBLIC: Mapping[Route, str] = {
    ("POST", "/signups"): "a clinician who has no account yet signs up; limited per address, network and agency",
    ("POST", "/login-codes"): "a person who is not signed in requests a code, which goes to the address alone",
    ("POST", "/sessions"): "the code or the link is the proof",
    ("POST", "/invitations/accept"): "the link that was emailed is the proof",
    ("POST", "/webhooks/stripe"): "Stripe's signature is the proof",
}
"""The routes that anybody may call, with the reason."""

OPEN_TO_ANY_KEY: Mapping[Route, str] = {
    ("GET", "/me"): "the admin who made the key",
    ("GET", "/operations/{operation_id}"): "the result of a write shows only to keys that may make the write",
}
"""The routes that a key of any scope may call, with the reason."""

RIGHTS: Mapping[Route, tuple[Right, ...]] = {
    # First, because a day has 15 invoices, and later ways use them up.
    ("PUT", "/seats"): (
        Right(admin, more_seats(1), no=another_agencys_quote_is_none),
        Right(admin, more_seats(11), no=another_agencys_quote_is_none, large=True),
    ),
    ("POST", "/agencies"): (Right(operator, another_agency),),
    ("POST", "/agencies/{agency_id}/admins"): (Right(operator, about_somebody_new("/agencies/{agency_id}/admins")),),
    ("GET", "/agencies/{agency_id}/export.zip"): (Right(operator, of_the_agency("/agencies/{agency_id}/export.zip")),),
    ("GET", "/agency/export.zip"): (Right(admin, as_it_is("/agency/export.zip")),),
    ("DELETE", "/sessions/current"): (Right(just_signed_in, as_it_is("/sessions/current"), own=True),),
    ("GET", "/sessions"): (Right(admin, as_it_is("/sessions"), own=True),),
    ("DELETE", "/sessions"): (Right(just_joined, as_it_is("/sessions"), own=True),),
    ("DELETE", "/sessions/{session_id}"): (Right(admin, one_session_less),),
    ("GET", "/me"): (Right(admin, as_it_is("/me"), own=True),),
    ("GET", "/events"): (Right(admin, as_it_is("/events", streams=True), own=True),),
    ("GET", "/operations/{operation_id}"): (Right(admin, an_operation),),
    ("GET", "/members"): (Right(admin, as_it_is("/members")),),
    ("POST", "/sessions/current/proof"): (Right(admin, a_code, own=True),),
    ("POST", "/members"): (
        Right(admin, about_somebody_new("/members")),
        Right(admin, about_somebody_new("/members", {"role": "admin"}), scope=KeyScope.ADMIN, large=True),
    ),
    ("POST", "/members/invitations"): (
        Right(admin, a_list("clinician")),
        Right(admin, a_list("admin"), scope=KeyScope.ADMIN, large=True),
    ),
    ("GET", "/members/invitations/{list_id}"): (Right(admin, an_own_list),),
    ("GET", "/members.csv"): (Right(admin, as_it_is("/members.csv")),),
    ("POST", "/members/change"): (
        Right(admin, on_clinicians({"action": "remove"}), no=nobody_was_reinvited),
        Right(
            *(admin, on_clinicians({"action": "change_role", "role": "admin"})),
            scope=KeyScope.ADMIN,
            large=True,
            no=nobody_was_reinvited,
        ),
    ),
    ("POST", "/seats/dry-runs"): (Right(admin, as_it_is("/seats/dry-runs", {"pending": True})),),
    ("POST", "/members/exchange-seats"): (Right(admin, two_clinicians_exchange),),
    ("POST", "/members/reinvite"): (
        Right(admin, more_invites, no=nobody_was_reinvited),
        Right(admin, admins_invited_anew, no=nobody_was_reinvited, scope=KeyScope.ADMIN, large=True),
    ),
    ("DELETE", "/members/{member_id}/invitation"): (Right(admin, one_invitation_less),),
    ("POST", "/members/{member_id}/undo-removal"): (Right(admin, one_removal_less),),
    ("POST", "/members/let-in"): (
        Right(admin, one_blocked_member_less, no=another_agencys_members_are_unknown, large=True),
    ),
    ("POST", "/members/{member_id}/reinvite"): (
        Right(admin, one_more_invite),
        Right(admin, an_admin_invited_anew, scope=KeyScope.ADMIN, large=True),
    ),
    ("GET", "/members/{member_id}"): (Right(admin, on_an_invited("/members/{member_id}")),),
    ("GET", "/members/{member_id}/sessions"): (Right(admin, on_an_invited("/members/{member_id}/sessions")),),
    ("DELETE", "/members/{member_id}/sessions"): (Right(admin, on_an_invited("/members/{member_id}/sessions")),),
    ("PATCH", "/members/{member_id}"): (
        Right(
            *(admin, on_a_clinician("/members/{member_id}", {"role": "admin"})),
            scope=KeyScope.ADMIN,
            large=True,
        ),
        Right(admin, on_a_clinician("/members/{member_id}", {"seatType": "voice"})),
    ),
    ("DELETE", "/members/{member_id}"): (
        Right(admin, on_a_clinician("/members/{member_id}")),
        Right(admin, one_admin_less, scope=KeyScope.ADMIN),
    ),
    ("GET", "/seats"): (Right(admin, as_it_is("/seats")),),
    ("POST", "/seats/quotes"): (Right(admin, as_it_is("/seats/quotes", {"base": 300, "voice": 200})),),
    ("GET", "/seats/idle"): (Right(admin, as_it_is("/seats/idle")),),
    ("GET", "/settings/idle-mail"): (Right(admin, as_it_is("/settings/idle-mail")),),
    ("PUT", "/settings/idle-mail"): (Right(admin, as_it_is("/settings/idle-mail", {"enabled": True})),),
    ("POST", "/usage"): (Right(admin, as_it_is("/usage", {"members": [{"email": ADA}]}), no=nobody_is_known),),
    ("GET", "/seats/outlook"): (Right(admin, as_it_is("/seats/outlook")),),
    ("GET", "/seats/history"): (Right(admin, as_it_is("/seats/history")),),
    ("GET", "/activity"): (Right(admin, as_it_is("/activity")),),
    ("GET", "/activity.csv"): (Right(admin, as_it_is("/activity.csv")),),
    ("GET", "/billing"): (Right(admin, as_it_is("/billing")),),
    ("POST", "/billing/cycle-quotes"): (Right(admin, price_of_the_other_cycle),),
    ("PUT", "/billing/cycle"): (Right(admin, the_annual_cycle, no=another_agencys_quote_is_none, large=True),),
    ("POST", "/billing/cancel-change"): (Right(admin, a_waiting_change),),
    ("POST", "/billing/retry"): (Right(admin, another_try),),
    ("GET", "/billing/invoices"): (Right(admin, as_it_is("/billing/invoices")),),
    ("GET", "/billing/invoices.csv"): (Right(admin, as_it_is("/billing/invoices.csv")),),
    ("PUT", "/settings/auto-add"): (Right(admin, as_it_is("/settings/auto-add", {"enabled": True})),),
    ("GET", "/seats/reduction"): (Right(admin, as_it_is("/seats/reduction")),),
    ("PUT", "/seats/reduction"): (Right(admin, as_it_is("/seats/reduction", {"base": 28, "voice": 28})),),
    ("DELETE", "/seats/reduction"): (Right(admin, a_scheduled_reduction),),
    ("GET", "/settings/auto-add/limits"): (Right(admin, as_it_is("/settings/auto-add/limits")),),
    ("PUT", "/settings/auto-add/limits"): (
        Right(admin, as_it_is("/settings/auto-add/limits", {"base": {"seats": 30}})),
    ),
    ("GET", "/settings/seat-policies"): (Right(admin, as_it_is("/settings/seat-policies")),),
    ("GET", "/settings/moving-line"): (Right(admin, as_it_is("/settings/moving-line")),),
    ("PUT", "/settings/moving-line"): (Right(admin, as_it_is("/settings/moving-line", {"enabled": True})),),
    ("PUT", "/settings/seat-policies"): (
        Right(admin, as_it_is("/settings/seat-policies", {"base": "ask", "voice": "approve_each"})),
    ),
    ("GET", "/settings/step-up"): (Right(admin, as_it_is("/settings/step-up")),),
    ("PUT", "/settings/step-up"): (Right(admin, a_larger_size, large=True),),
    ("PUT", "/settings/domain"): (
        Right(admin, as_it_is("/settings/domain", {"domain": VICTIM}), no=domain_is_not_theirs),
    ),
    ("PUT", "/settings/name"): (Right(admin, as_it_is("/settings/name", {"name": "Maple Health"})),),
    ("GET", "/baa"): (Right(admin, as_it_is("/baa")),),
    ("GET", "/baa/signatures/{version}.pdf"): (Right(admin, as_it_is(f"/baa/signatures/{BAA_VERSION}.pdf")),),
    ("POST", "/baa/signature"): (Right(admin, as_it_is("/baa/signature", SIGNATURE)),),
    ("POST", "/billing/portal-sessions"): (Right(admin, as_it_is("/billing/portal-sessions")),),
    ("GET", "/api-keys"): (Right(admin, as_it_is("/api-keys")),),
    ("POST", "/api-keys"): (Right(admin, as_it_is("/api-keys", {"name": "Payroll export"}), large=True),),
    ("DELETE", "/api-keys/{key_id}"): (Right(admin, one_key_less),),
    # Last, because the records on the bus that other ways look up are gone then.
    ("POST", "/members/{member_id}/erase"): (Right(admin, a_removed_one),),
    ("POST", "/agencies/{agency_id}/erasures"): (Right(operator, a_removed_address),),
}
"""How the right caller calls each other route: one way, or one for each of the route's actions."""


async def signed_in(journey: Journey, email: str) -> Browser:
    browser = journey.browser()
    assert (await browser.log_in(email)).status_code == 201
    return browser


@pytest.fixture(scope="module")
async def everybody(databases: Databases) -> AsyncIterator[Cast]:
    """Two agencies with a signed BAA, and every caller."""
    database = await databases.fresh(await databases.template("services", migrate_all))
    db = await asyncpg.connect(database)
    async with journey_on(database) as journey:
        await journey.open_agency(VICTIM, base=200, voice=100)
        await journey.open_agency(OTHER, base=2)
        early, bo = await signed_in(journey, ADA), await signed_in(journey, BO)
        for admin in (early, bo):
            assert (await admin.sign_baa()).status_code == 201
        agency = UUID((await early.get("/me"))["agency"]["id"])
        by_key = Caller(journey.browser(), {"Authorization": f"Bearer {OPERATOR}"})
        cast = Cast(journey, db, agency, Caller(early), by_key, {}, {}, Caller(early))
        expired = await make_key(cast, cast.stale, expiresAt=(journey.clock() + timedelta(minutes=1)).isoformat())
        await journey.advance(16 * 60)
        cast.admin = Caller(await signed_in(journey, ADA))
        cast.keys = {
            scope: with_key(journey, await make_key(cast, cast.admin, scopes=[scope.value])) for scope in KeyScope
        }
        for key in cast.keys.values():
            # The first use of a key is written; the uses of the next ten minutes are not.
            assert (await cast.ask(key, "GET", ApiRequest("/me"))).is_success
        cast.strangers = await strangers(cast, Caller(await signed_in(journey, BO)))
        cast.strangers["a key that has expired"] = with_key(journey, expired)
        yield cast
    await db.close()
    await databases.drop(database)


async def strangers(cast: Cast, other: Caller) -> dict[str, Caller]:
    """Return the callers whose requests must be rejected."""
    journey = cast.journey
    cleo, dee = journey.browser(), journey.browser()
    for browser, email in ((cleo, CLEO), (dee, DEE)):
        assert (await browser.join(email)).json()["member"]["status"] == "active"
    revoked = await make_key(cast, cast.admin)
    assert (await cast.ask(cast.admin, "DELETE", ApiRequest(f"/api-keys/{revoked['id']}"))).status_code == 204
    place = f"/members/{(await dee.get('/me'))['member']['id']}"
    assert (await cast.ask(cast.admin, "PATCH", ApiRequest(place, {"role": "admin"}))).is_success
    demoted = await make_key(cast, Caller(dee))
    assert (await cast.ask(cast.admin, "PATCH", ApiRequest(place, {"role": "clinician"}))).is_success
    return {
        "nobody": Caller(journey.browser()),
        CLINICIAN: Caller(cleo),
        FOREIGNER: other,
        "a session that has ended": Caller(await ended(journey)),
        "a key that was revoked": with_key(journey, revoked),
        "the key of a demoted admin": with_key(journey, demoted),
        BEARER: await with_bearer_token(journey, ADA),
    }


def with_key(journey: Journey, key: dict[str, str]) -> Caller:
    """Return a program that uses this key."""
    return Caller(journey.browser(), {"Authorization": f"Bearer {key['secret']}"})


async def with_bearer_token(journey: Journey, email: str) -> Caller:
    """Return an extension that this member has signed in to."""
    extension = journey.browser()
    asked = await extension.post("/login-codes", {"email": email, "tokenType": "bearer"})
    await journey.drain()
    proof = {"email": email, "code": journey.letterbox.code(email), "tokenType": "bearer"}
    response = await extension.post("/sessions", proof | {"browserToken": asked.json()["browserToken"]})
    assert response.status_code == 201, response.text
    return Caller(journey.browser(), {"Authorization": f"Bearer {response.json()['bearerToken']}"})


async def ended(journey: Journey) -> Browser:
    """Return the admin's browser with the cookie of a session that was signed out."""
    browser = await signed_in(journey, ADA)
    token = browser.client.cookies[SESSION_COOKIE]
    assert (await browser.ask("DELETE", "/sessions/current")).status_code == 204
    browser.client.cookies.set(SESSION_COOKIE, token)
    return browser


def test_every_route_states_its_right_callers_and_no_stated_route_is_gone() -> None:
    unknown = set(routes()) - set(PUBLIC) - set(RIGHTS)
    assert not unknown, (
        f"{sorted(unknown)}: state in RIGHTS of {__name__} how the right caller makes a request that succeeds,"
        " or in PUBLIC why anybody may call it"
    )
    gone = (set(PUBLIC) | set(RIGHTS)) - set(routes())
    assert not gone, f"{sorted(gone)}: the API has no such route any more"
    assert not set(PUBLIC) & set(RIGHTS)


@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_the_description_says_whether_anybody_may_call_the_route(route: Route) -> None:
    assert bool(described()[route].get("security")) == (route not in PUBLIC)


def scopes_of(route: Route) -> list[KeyScope] | None:
    """Return the scopes that the description names for a key; None when no key makes the call."""
    ways = [way["apiKey"] for way in described()[route].get("security", ()) if "apiKey" in way]
    return [KeyScope(scope) for scope in ways[0]] if ways else None


@pytest.mark.parametrize("route", [route for route in routes() if scopes_of(route) is not None], ids=" ".join)
def test_every_call_of_a_key_names_one_scope_unless_any_key_may_make_it(route: Route) -> None:
    assert len(scopes_of(route) or ()) == (route not in OPEN_TO_ANY_KEY)


WAYS = [(route, number) for route, rights in RIGHTS.items() for number in range(len(rights))]


@pytest.mark.parametrize(
    ("route", "number"), WAYS, ids=lambda route: " ".join(route) if isinstance(route, tuple) else ""
)
async def test_only_the_right_callers_request_succeeds(everybody: Cast, route: Route, number: int) -> None:
    method, right = route[0], RIGHTS[route][number]
    await everybody.journey.advance(7)  # Stripe makes ten invoices a minute
    response = await everybody.ask(await right.caller(everybody), method, await right.prepare(everybody))
    assert response.is_success, response.text
    assert response.status_code != 202, "the outcome must be known"

    request = await right.prepare(everybody)
    theirs = await everybody.names_the_victims(request)
    before = await everybody.victims_rows()
    assert before["gateway.members"]
    for name, stranger in everybody.strangers.items():
        if (right.own and name in {CLINICIAN, FOREIGNER}) or (name == BEARER and route in OPEN_TO_BEARERS):
            continue
        response = await everybody.ask(stranger, method, request)
        # A request without the agency's ids is about the caller's own agency, so it may succeed but must not show ours.
        at_home = name == FOREIGNER and not theirs and right.caller is not operator
        no = right.no(response) if name == FOREIGNER else response.status_code in REJECTED
        assert at_home or no, f"{name}: {response.status_code} {response.text}"
        for own in (str(everybody.victim_id), VICTIM):
            assert own not in response.text or own in request.text, name
        assert changes(before, await everybody.victims_rows()) == {}, name

    if (scopes := scopes_of(route)) is not None:
        needed = right.scope or next(iter(scopes), None)
        key = everybody.keys[needed or KeyScope.READ]
        enough = set(KeyScope) if needed is None else {needed, KeyScope.ADMIN}
        for scope in set(KeyScope) - enough:
            response = await everybody.ask(everybody.keys[scope], method, request)
            assert response.status_code == 403, f"{scope}: {response.status_code} {response.text}"
            assert request.streams or response.json()["code"] == "insufficient_scope", scope
    if right.large:
        response = await everybody.ask(everybody.stale, method, request)
        assert (response.status_code, response.json()["code"]) == (403, "fresh_code_required")
    assert changes(before, await everybody.victims_rows()) == {}

    caller = await right.caller(everybody) if scopes is None else key
    response = await everybody.ask(caller, method, request)
    assert response.is_success, response.text


@pytest.mark.parametrize("route", routes(), ids=" ".join)
async def test_a_bearer_token_makes_the_calls_that_the_description_opens_to_it_and_no_other(
    everybody: Cast, route: Route
) -> None:
    assert ({"bearerToken": []} in described()[route].get("security", [])) == (route in OPEN_TO_BEARERS)
    if route not in OPEN_TO_BEARERS:
        return
    for email in (CLEO, ADA):
        caller = await with_bearer_token(everybody.journey, email)
        [right] = RIGHTS[route]
        response = await everybody.ask(caller, route[0], await right.prepare(everybody))
        assert response.is_success, response.text
