"""Strangers: what is refused to everybody but the right person, for every route that the API's description has.

For each route the right person's request succeeds. Then the same request, on something of the same kind on which it
would succeed, is made by nobody, by a clinician, by another agency's admin, with a session that has ended, with a key
that was revoked, and with that of an admin who is none any more: each is refused, and not one row of the agency has
changed. In the end the right person makes it after all, by an API key where one will do, so that nothing but the caller
was wrong.
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
from tests.support.rows import TableRows, changes, read_rows

VICTIM, OTHER = "harbor.example", "meadow.example"
ADA, CLEO, DEE, BO = f"ada@{VICTIM}", f"cleo@{VICTIM}", f"dee@{VICTIM}", f"ada@{OTHER}"
SESSION_COOKIE = "__Host-session"
REFUSED = {401, 403, 404}
CLINICIAN, FOREIGNER = "a clinician of the agency", "another agency's admin"
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

    @property
    def text(self) -> str:
        """All that it says."""
        return self.path + json.dumps(self.body)


@dataclass
class Cast:
    """Everybody there is, in two agencies."""

    journey: Journey
    db: Db
    victim_id: UUID
    admin: Caller
    key: Caller
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

    async def victims_rows(self) -> TableRows:
        """All that any service holds of the agency, and all that is no agency's, once everything has come to rest."""
        await self.journey.drain()
        return await read_rows(self.db, agency_id=self.victim_id, besides=BOOKKEEPING)

    async def names_the_victims(self, asked: Asked) -> bool:
        """Whether a request has in it what is the agency's own: an id, or its domain."""
        known = await self.db.fetch(
            "SELECT member_id AS id FROM gateway.members WHERE agency_id = $1"
            " UNION ALL SELECT id FROM gateway.operations WHERE agency_id = $1"
            " UNION ALL SELECT id FROM gateway.api_keys WHERE agency_id = $1 UNION ALL SELECT $1",
            self.victim_id,
        )
        return any(str(own) in asked.text for own in (VICTIM, *(row["id"] for row in known)))

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
    `no`: by another agency's admin it is refused in its own way, and this says whether it was.
    """

    who: Choose
    prepare: Prepare
    own: bool = False
    no: Callable[[httpx.Response], bool] = lambda answer: answer.status_code in REFUSED


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


def about_somebody_new(path: str, body: dict[str, object] | None = None, who: str = "guest") -> Prepare:
    """A request that brings somebody whom nobody knows yet."""

    async def prepare(cast: Cast) -> Asked:
        new = {"email": f"{who}{next(cast.numbers)}@elsewhere.example", "name": "Gil Adler", "seatType": "base"}
        return Asked(path.format(agency_id=cast.victim_id), new | (body or {}))

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


async def invited(cast: Cast) -> str:
    """The id of somebody Invited."""
    asked = await about_somebody_new("/members")(cast)
    answer = await cast.ask(cast.admin, "POST", asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def one_more_invite(cast: Cast) -> Asked:
    return Asked(f"/members/{await invited(cast)}/reinvite")


async def more_invites(cast: Cast) -> Asked:
    return Asked("/members/reinvite", {"ids": [await invited(cast), await invited(cast)]})


def nobody_was_reinvited(answer: httpx.Response) -> bool:
    """Each of several people has a result of their own: somebody else's are unknown, and no more is said of them."""
    result = answer.json()
    return not result["done"] and {rejection["code"] for rejection in result["refused"]} == {"unknown_member"}


async def make_key(cast: Cast, who: Caller) -> dict[str, str]:
    """An API key: its id and its secret."""
    answer = await cast.ask(who, "POST", Asked("/api-keys", {"name": f"Key {next(cast.numbers)}"}))
    assert answer.status_code == 201, answer.text
    return {"id": answer.json()["id"], "secret": answer.json()["secret"]}


async def one_key_less(cast: Cast) -> Asked:
    return Asked(f"/api-keys/{(await make_key(cast, cast.admin))['id']}")


def domain_is_not_theirs(answer: httpx.Response) -> bool:
    """What keeps a domain from a stranger is not who they are but that it is taken, or not proven."""
    return answer.json()["code"] in {"domain_taken", "domain_not_proven"}


async def other_counts(cast: Cast) -> Asked:
    """One Base seat more, at a price that was shown to the agency's admin."""
    seats = await cast.admin.browser.get("/seats")
    counts = {"base": seats["base"]["purchased"] + 1, "voice": seats["voice"]["purchased"]}
    quote = await cast.ask(cast.admin, "POST", Asked("/seats/quotes", counts))
    assert quote.status_code == 201, quote.text
    return Asked("/seats", {**counts, "quoteId": quote.json()["id"]})


def another_agencys_quote_is_none(answer: httpx.Response) -> bool:
    """Where the other agency pays by that cycle already, there is nothing to change to begin with."""
    return answer.json()["code"] in {"quote_expired", "nothing_to_change"}


async def price_of_the_other_cycle(cast: Cast) -> Asked:
    now = (await cast.admin.browser.get("/billing"))["cycle"]
    return Asked("/billing/cycle-quotes", {"cycle": "annual" if now == "monthly" else "monthly"})


async def other_cycle(cast: Cast) -> Asked:
    """The other cycle, at a price that was shown to the agency's admin."""
    asked = await price_of_the_other_cycle(cast)
    quote = await cast.ask(cast.admin, "POST", asked)
    assert quote.status_code == 201, quote.text
    return Asked("/billing/cycle", {"cycle": quote.json()["cycle"], "quoteId": quote.json()["id"]})


async def another_try(cast: Cast) -> Asked:
    """Auto-Add is paused. A declined purchase would take all the seats that the other requests need."""
    paused = "UPDATE seats.ledgers SET paused = 'payment_declined' WHERE agency_id = $1"
    await cast.db.execute(paused, cast.victim_id)
    return Asked("/billing/retry")


PUBLIC: Mapping[Route, str] = {
    ("POST", "/signups"): "a clinician who has no account yet signs up; limited per address, network and agency",
    ("POST", "/login-codes"): "who is not signed in asks for a code; it goes to the address alone",
    ("POST", "/sessions"): "the code or the link is the proof",
    ("POST", "/invitations/accept"): "the link that was mailed is the proof",
    ("POST", "/webhooks/stripe"): "Stripe's signature is the proof",
}
"""The routes that anybody may call, and why."""

RIGHTS: Mapping[Route, tuple[Right, ...]] = {
    ("POST", "/agencies"): (Right(operator, another_agency),),
    ("POST", "/agencies/{agency_id}/admins"): (Right(operator, about_somebody_new("/agencies/{agency_id}/admins")),),
    ("DELETE", "/sessions/current"): (Right(just_signed_in, as_it_is("/sessions/current"), own=True),),
    ("GET", "/me"): (Right(admin, as_it_is("/me"), own=True),),
    ("GET", "/events"): (Right(admin, as_it_is("/events", streams=True), own=True),),
    ("GET", "/operations/{operation_id}"): (Right(admin, an_operation),),
    ("GET", "/members"): (Right(admin, as_it_is("/members")),),
    ("POST", "/members"): (Right(admin, about_somebody_new("/members")),),
    ("POST", "/members/reinvite"): (Right(admin, more_invites, no=nobody_was_reinvited),),
    ("POST", "/members/{member_id}/reinvite"): (Right(admin, one_more_invite),),
    ("PATCH", "/members/{member_id}"): (
        Right(admin, on_a_clinician("/members/{member_id}", {"role": "admin"})),
        Right(admin, on_a_clinician("/members/{member_id}", {"seatType": "voice"})),
    ),
    ("DELETE", "/members/{member_id}"): (Right(admin, on_a_clinician("/members/{member_id}")),),
    ("GET", "/seats"): (Right(admin, as_it_is("/seats")),),
    ("PUT", "/seats"): (Right(admin, other_counts, no=another_agencys_quote_is_none),),
    ("POST", "/seats/quotes"): (Right(admin, as_it_is("/seats/quotes", {"base": 300, "voice": 200})),),
    ("GET", "/seats/history"): (Right(admin, as_it_is("/seats/history")),),
    ("GET", "/activity"): (Right(admin, as_it_is("/activity")),),
    ("GET", "/activity.csv"): (Right(admin, as_it_is("/activity.csv")),),
    ("GET", "/billing"): (Right(admin, as_it_is("/billing")),),
    ("POST", "/billing/cycle-quotes"): (Right(admin, price_of_the_other_cycle),),
    ("PUT", "/billing/cycle"): (Right(admin, other_cycle, no=another_agencys_quote_is_none),),
    ("POST", "/billing/retry"): (Right(admin, another_try),),
    ("GET", "/billing/invoices"): (Right(admin, as_it_is("/billing/invoices")),),
    ("GET", "/billing/invoices.csv"): (Right(admin, as_it_is("/billing/invoices.csv")),),
    ("PUT", "/settings/auto-add"): (Right(admin, as_it_is("/settings/auto-add", {"enabled": True})),),
    ("PUT", "/settings/domain"): (
        Right(admin, as_it_is("/settings/domain", {"domain": VICTIM}), no=domain_is_not_theirs),
    ),
    ("GET", "/baa"): (Right(admin, as_it_is("/baa")),),
    ("POST", "/baa/signature"): (Right(admin, as_it_is("/baa/signature", SIGNATURE)),),
    ("POST", "/billing/portal-sessions"): (Right(admin, as_it_is("/billing/portal-sessions")),),
    ("GET", "/api-keys"): (Right(admin, as_it_is("/api-keys")),),
    ("POST", "/api-keys"): (Right(admin, as_it_is("/api-keys", {"name": "Payroll export"})),),
    ("DELETE", "/api-keys/{key_id}"): (Right(admin, one_key_less),),
}
"""How each other route is called rightly: one way, or one for each of the things that it does."""


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
        await journey.open_agency(VICTIM, base=200, voice=100)
        await journey.open_agency(OTHER, base=2)
        ada, bo = await signed_in(journey, ADA), await signed_in(journey, BO)
        for admin in (ada, bo):
            assert (await admin.sign_baa()).status_code == 201
        agency = UUID((await ada.get("/me"))["agency"]["id"])
        by_key = Caller(journey.browser(), {"Authorization": f"Bearer {OPERATOR}"})
        cast = Cast(journey, db, agency, Caller(ada), Caller(ada), by_key, {})
        cast.key = with_key(journey, await make_key(cast, cast.admin))
        cast.strangers = await strangers(cast, Caller(bo))
        yield cast
    await db.close()
    await databases.drop(database)


async def strangers(cast: Cast, other: Caller) -> dict[str, Caller]:
    """Who is refused."""
    journey = cast.journey
    cleo, dee = journey.browser(), journey.browser()
    for browser, email in ((cleo, CLEO), (dee, DEE)):
        assert (await browser.join(email)).json()["member"]["status"] == "active"
    revoked = await make_key(cast, cast.admin)
    assert (await cast.ask(cast.admin, "DELETE", Asked(f"/api-keys/{revoked['id']}"))).status_code == 204
    place = f"/members/{(await dee.get('/me'))['member']['id']}"
    assert (await cast.ask(cast.admin, "PATCH", Asked(place, {"role": "admin"}))).is_success
    demoted = await make_key(cast, Caller(dee))
    assert (await cast.ask(cast.admin, "PATCH", Asked(place, {"role": "clinician"}))).is_success
    return {
        "nobody": Caller(journey.browser()),
        CLINICIAN: Caller(cleo),
        FOREIGNER: other,
        "a session that has ended": Caller(await ended(journey)),
        "a key that was revoked": with_key(journey, revoked),
        "the key of an admin who is none any more": with_key(journey, demoted),
    }


def with_key(journey: Journey, key: dict[str, str]) -> Caller:
    """A program."""
    return Caller(journey.browser(), {"Authorization": f"Bearer {key['secret']}"})


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


WAYS = [(route, number) for route in routes() for number in range(len(RIGHTS.get(route, ())))]


@pytest.mark.parametrize(
    ("route", "number"), WAYS, ids=lambda route: " ".join(route) if isinstance(route, tuple) else ""
)
async def test_only_the_right_persons_request_succeeds(everybody: Cast, route: Route, number: int) -> None:
    method, right = route[0], RIGHTS[route][number]
    answer = await everybody.ask(await right.who(everybody), method, await right.prepare(everybody))
    assert answer.is_success, answer.text
    assert answer.status_code != 202, "it is to be seen done"

    asked = await right.prepare(everybody)
    theirs = await everybody.names_the_victims(asked)
    before = await everybody.victims_rows()
    assert before["gateway.members"]
    for name, stranger in everybody.strangers.items():
        if right.own and name in {CLINICIAN, FOREIGNER}:
            continue
        answer = await everybody.ask(stranger, method, asked)
        # Without anything of the agency's in it, an admin's request is about the own agency: it may not tell of ours.
        at_home = name == FOREIGNER and not theirs and right.who is not operator
        no = right.no(answer) if name == FOREIGNER else answer.status_code in REFUSED
        assert at_home or no, f"{name}: {answer.status_code} {answer.text}"
        for own in (str(everybody.victim_id), VICTIM):
            assert own not in answer.text or own in asked.text, name
        assert changes(before, await everybody.victims_rows()) == {}, name

    keys_will_do = {"apiKey": []} in described()[route]["security"]
    who = everybody.key if keys_will_do else await right.who(everybody)
    answer = await everybody.ask(who, method, asked)
    assert answer.is_success, answer.text
