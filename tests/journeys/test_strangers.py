"""Strangers: what is refused to everybody but the right person, for every route that the API's description has.

For each route the right person's request succeeds. Then the same request, on something of the same kind on which it
would succeed, is made by nobody, by a clinician, by another agency's admin, with a session that has ended and with a
key that was revoked: each is refused, and not one row of the agency has changed. In the end the right person makes it
after all, so that nothing but the caller was wrong.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from chassis.postgres import Db
from contracts.vocabulary import BAA_VERSION
from services.gateway.api.request import API
from tests.support.databases import Databases
from tests.support.journey import OPERATOR, Browser, Journey, journey_on
from tests.support.migrated import migrate_all
from tests.support.routes import Route, described, routes
from tests.support.rows import Held, changes, held

VICTIM, OTHER = "harbor.example", "meadow.example"
ADA, CLEO, BO = f"ada@{VICTIM}", f"cleo@{VICTIM}", f"ada@{OTHER}"
SESSION_COOKIE = "__Host-session"
REFUSED = {401, 403, 404}
BOOKKEEPING = {"gateway.rates": "requests are counted by the hour, whoever makes them"}
SIGNATURE = {"signerName": "Ada Park", "signerTitle": "Director", "version": BAA_VERSION}


@dataclass(frozen=True)
class Caller:
    """Who makes a request: with which cookies, and which other credentials."""

    browser: Browser
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request without its caller. `streams`: its answer has no end."""

    path: str
    body: object = None
    streams: bool = False


@dataclass
class Cast:
    """Everybody there is, in two agencies."""

    journey: Journey
    db: Db
    victim_id: UUID
    admin: Caller
    operator: Caller
    strangers: dict[str, Caller]
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def ask(self, who: Caller, method: str, asked: Asked) -> httpx.Response:
        """Have somebody make a request, and let everything come to rest."""
        if asked.streams:
            answer = await begin(self.journey, who, method, asked.path)
        else:
            answer = await who.browser.ask(method, asked.path, asked.body, dict(who.headers))
        await self.journey.drain()
        return answer

    async def victims_rows(self) -> Held:
        """All that any service holds of the agency, and all that is no agency's."""
        return await held(self.db, agency_id=self.victim_id, besides=BOOKKEEPING)

    async def names_the_victims(self, asked: Asked) -> bool:
        """Whether a request has an id in it that is the agency's own."""
        known = await self.db.fetch(
            "SELECT member_id AS id FROM gateway.members WHERE agency_id = $1"
            " UNION ALL SELECT id FROM gateway.operations WHERE agency_id = $1 UNION ALL SELECT $1",
            self.victim_id,
        )
        text = asked.path + json.dumps(asked.body)
        return any(str(row["id"]) in text for row in known)

    async def clinician(self) -> UUID:
        """A fresh Active clinician of the agency."""
        email = f"clinician{next(self.numbers)}@{VICTIM}"
        joined = await self.journey.browser().join(email)
        assert joined.json()["member"]["status"] == "active", joined.text
        return UUID(joined.json()["member"]["id"])


async def begin(journey: Journey, who: Caller, method: str, path: str) -> httpx.Response:
    """Make a request whose answer has no end, and hang up when it has begun."""
    client = who.browser.client
    request = client.build_request(method, f"{API}{path}", headers=dict(who.headers))
    answer: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()

    async def receive() -> dict[str, Any]:
        await asyncio.wait([answer])
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.set_result(httpx.Response(message["status"]))

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
    return await answer


Prepare = Callable[[Cast], Awaitable[Asked]]
Choose = Callable[[Cast], Awaitable[Caller]]


@dataclass(frozen=True)
class Right:
    """How the right person makes a request that succeeds.

    `own`: any session may, about itself, so that neither the clinician nor the other admin is a stranger to it.
    """

    who: Choose
    prepare: Prepare
    own: bool = False


async def admin(cast: Cast) -> Caller:
    return cast.admin


async def operator(cast: Cast) -> Caller:
    return cast.operator


async def just_signed_in(cast: Cast) -> Caller:
    """The admin, in a session that may end."""
    browser = cast.journey.browser()
    assert (await browser.log_in(ADA)).status_code == 201
    return Caller(browser)


def as_it_is(path: str, body: object = None, *, streams: bool = False) -> Prepare:
    """A request for which nothing has to be there."""

    async def prepare(_: Cast) -> Asked:
        return Asked(path, body, streams)

    return prepare


def on_a_clinician(path: str, body: object = None) -> Prepare:
    """A request about somebody Active, whom nothing has been done to yet."""

    async def prepare(cast: Cast) -> Asked:
        return Asked(path.format(member_id=await cast.clinician()), body)

    return prepare


async def another_agency(cast: Cast) -> Asked:
    domain = f"new{next(cast.numbers)}.example"
    return Asked(
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


async def an_operation(cast: Cast) -> Asked:
    """What the agency's admin has had done."""
    assert (await cast.admin.browser.auto_add(enabled=False)).is_success
    its_id = "SELECT id FROM gateway.operations WHERE agency_id = $1 AND kind = 'seats.set_auto_add.v1'"
    return Asked(f"/operations/{await cast.db.fetchval(its_id, cast.victim_id)}")


PUBLIC: Mapping[Route, str] = {
    ("POST", "/signups"): "a clinician who has no account yet signs up; limited per address, network and agency",
    ("POST", "/login-codes"): "who is not signed in asks for a code; it goes to the address alone",
    ("POST", "/sessions"): "the code or the link is the proof",
    ("POST", "/webhooks/stripe"): "Stripe's signature is the proof",
}
"""The routes that anybody may call, and why."""

RIGHTS: Mapping[Route, Right] = {
    ("POST", "/agencies"): Right(operator, another_agency),
    ("DELETE", "/sessions/current"): Right(just_signed_in, as_it_is("/sessions/current"), own=True),
    ("GET", "/me"): Right(admin, as_it_is("/me"), own=True),
    ("GET", "/events"): Right(admin, as_it_is("/events", streams=True), own=True),
    ("GET", "/operations/{operation_id}"): Right(admin, an_operation),
    ("GET", "/members"): Right(admin, as_it_is("/members")),
    ("PATCH", "/members/{member_id}"): Right(admin, on_a_clinician("/members/{member_id}", {"role": "admin"})),
    ("DELETE", "/members/{member_id}"): Right(admin, on_a_clinician("/members/{member_id}")),
    ("GET", "/seats"): Right(admin, as_it_is("/seats")),
    ("PUT", "/settings/auto-add"): Right(admin, as_it_is("/settings/auto-add", {"enabled": True})),
    ("GET", "/baa"): Right(admin, as_it_is("/baa")),
    ("POST", "/baa/signature"): Right(admin, as_it_is("/baa/signature", SIGNATURE)),
    ("POST", "/billing/portal-sessions"): Right(admin, as_it_is("/billing/portal-sessions")),
}
"""How each other route is called rightly."""


async def signed_in(journey: Journey, email: str) -> Browser:
    browser = journey.browser()
    assert (await browser.log_in(email)).status_code == 201
    return browser


@pytest.fixture(scope="module")
async def everybody(databases: Databases) -> AsyncIterator[Cast]:
    """Two agencies that have signed their BAA, and everybody who calls."""
    database = await databases.fresh(await databases.template("services", migrate_all))
    db = await asyncpg.connect(database)
    async with journey_on(database) as journey:
        await journey.open_agency(VICTIM, base=200)
        await journey.open_agency(OTHER, base=2)
        ada, bo = await signed_in(journey, ADA), await signed_in(journey, BO)
        for one in (ada, bo):
            assert (await one.sign_baa()).status_code == 201
        cleo = journey.browser()
        assert (await cleo.join(CLEO)).json()["member"]["status"] == "active"
        agency = UUID((await ada.get("/me"))["agency"]["id"])
        strangers = {
            "nobody": Caller(journey.browser()),
            "a clinician of the agency": Caller(cleo),
            "another agency's admin": Caller(bo),
            "a session that has ended": Caller(await ended(journey)),
        }
        key = Caller(journey.browser(), {"Authorization": f"Bearer {OPERATOR}"})
        yield Cast(journey, db, agency, Caller(ada), key, strangers)
    await db.close()
    await databases.drop(database)


async def ended(journey: Journey) -> Browser:
    """The admin's browser, which still carries the cookie of a session that was signed out of."""
    browser = await signed_in(journey, ADA)
    token = browser.client.cookies[SESSION_COOKIE]
    assert (await browser.ask("DELETE", "/sessions/current")).status_code == 204
    browser.client.cookies.set(SESSION_COOKIE, token)
    return browser


def test_every_route_says_who_may_call_it_and_none_is_gone() -> None:
    unknown = set(routes()) - set(PUBLIC) - set(RIGHTS)
    assert not unknown, (
        f"{sorted(unknown)}: say in RIGHTS of {__name__} how the right person makes a request of it that succeeds,"
        " or in PUBLIC why anybody may call it"
    )
    gone = (set(PUBLIC) | set(RIGHTS)) - set(routes())
    assert not gone, f"{sorted(gone)}: the API has no such route any more"
    assert not set(PUBLIC) & set(RIGHTS)


@pytest.mark.parametrize("route", routes(), ids=" ".join)
def test_the_description_says_of_a_route_whether_anybody_may_call_it(route: Route) -> None:
    assert bool(described()[route].get("security")) == (route not in PUBLIC)


@pytest.mark.parametrize("route", [route for route in routes() if route in RIGHTS], ids=" ".join)
async def test_only_the_right_persons_request_succeeds(everybody: Cast, route: Route) -> None:
    method, right = route[0], RIGHTS[route]
    answer = await everybody.ask(await right.who(everybody), method, await right.prepare(everybody))
    assert answer.is_success, answer.text
    assert answer.status_code != 202, "it is to be seen done"

    asked = await right.prepare(everybody)
    theirs = await everybody.names_the_victims(asked)
    before = await everybody.victims_rows()
    assert before["gateway.members"]
    for name, stranger in everybody.strangers.items():
        at_home = name == "another agency's admin" and not theirs and right.who is not operator
        if right.own and name in {"a clinician of the agency", "another agency's admin"}:
            continue
        answer = await everybody.ask(stranger, method, asked)
        if not at_home:
            assert answer.status_code in REFUSED, f"{name}: {answer.status_code} {answer.text}"
        # Without an id of the agency's in it, an admin's request is about the own agency: it must not tell of ours.
        assert str(everybody.victim_id) not in answer.text, name
        assert VICTIM not in answer.text, name
        assert changes(before, await everybody.victims_rows()) == {}, name

    answer = await everybody.ask(await right.who(everybody), method, asked)
    assert answer.is_success, answer.text
