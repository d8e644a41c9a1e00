"""Races: two people act in the same instant. All invariants hold, and the loser gets a sentence with the reason.

Each round is an agency of its own. A seed draws which request begins, and which step comes next. `make races
ROUNDS=500` runs more rounds than `make test`; `--first-seed` sets the first seed, so that a round can be repeated.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from database.postgres import Db
from services.gateway.api.request import API
from services.seats.domain.scheduled_reduction import MADE_BEFORE
from tests.support import invariants
from tests.support.bus import PublishedMessage, read_record
from tests.support.databases import Databases
from tests.support.journey import Browser, Journey, journey_on, text_of
from tests.support.migrated import migrate_all
from tests.support.shuffled import Request, at_once

HOUR = 3600
ORDERINGS = "orderings that occurred"
PATIENCE = 10
"""A race goes on for up to this many times the given rounds, until both orderings have occurred."""


@dataclass
class Stage:
    """The system that all rounds use."""

    journey: Journey
    db: Db


@dataclass
class Round:
    """One agency, in which one race takes place."""

    stage: Stage
    seed: int
    rng: Random = field(init=False)
    ada: Browser = field(init=False)
    agency_id: UUID = field(init=False)
    log_lengths: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.log_lengths = {topic: len(log) for topic, log in self.journey.bus.log.items()}

    @property
    def journey(self) -> Journey:
        return self.stage.journey

    def email(self, name: str) -> str:
        return f"{name}@round{self.seed}.example"

    async def open(self, *, base: int, voice: int = 0, auto_add: bool = False) -> None:
        """Open the agency, sign its BAA, and switch Auto-Add on or off."""
        opened = await self.journey.open_agency(f"round{self.seed}.example", base=base, voice=voice)
        assert opened.status_code == 201, opened.text
        self.agency_id = UUID(opened.json()["agency"]["id"])
        self.ada = self.journey.browser()
        assert (await self.ada.log_in(self.email("ada"))).status_code == 201
        assert (await self.ada.sign_baa()).status_code == 201
        if auto_add:
            assert (await self.ada.auto_add(enabled=True)).status_code == 200

    async def active(self, name: str, *, role: str = "clinician") -> tuple[Browser, str]:
        """Join as an Active member; return browser and member id."""
        browser = self.journey.browser()
        member = (await browser.join(self.email(name))).json()["member"]
        assert member["status"] == "active"
        if role == "admin":
            assert (await self.ada.ask("PATCH", f"/members/{member['id']}", {"role": role})).is_success
        return browser, str(member["id"])

    async def invite(self, name: str) -> str:
        """Invite a person; return the member id."""
        body = {"email": self.email(name), "name": name.title(), "seatType": "base"}
        response = await self.ada.post("/members", body)
        assert response.status_code == 201, response.text
        await self.journey.drain()
        return str(response.json()["id"])

    def acceptance(self, name: str) -> Request:
        """Return a request that accepts the person's newest invitation."""
        mails = "\n".join(text_of(mail) for mail in self.journey.letterbox.to(self.email(name)))
        token = re.findall(r"/invite/([\w-]+)", mails)[-1]
        return self.request(self.journey.browser(), "POST", "/invitations/accept", {"token": token})

    async def login_request(self, name: str, browser: Browser | None = None) -> Request:
        """Request a code, and return the request that signs in with it."""
        browser = browser or self.journey.browser()
        assert (await browser.post("/login-codes", {"email": self.email(name)})).status_code == 202
        await self.journey.drain()
        code = self.journey.letterbox.code(self.email(name))
        return self.request(browser, "POST", "/sessions", {"email": self.email(name), "code": code})

    async def request(self, caller: Browser, method: str, path: str, body: object = None) -> httpx.Response:
        """Send a request without moving the system; the drawn steps move it."""
        return await caller.client.request(method, f"{API}{path}", json=body)

    async def both(self, first_request: Request, second_request: Request) -> tuple[httpx.Response, httpx.Response]:
        """Make two requests in the same instant, and check that every rejection carries a sentence."""
        responses = await at_once(self.journey, self.rng, [first_request, second_request])
        for response in responses:
            if not response.is_success:
                assert 400 <= response.status_code < 500, response.text
                detail = response.json()["detail"]
                assert len(detail.split()) > 3, detail
                assert detail[-1] in ".?!", detail
        return responses[0], responses[1]

    async def member_row(self, name: str) -> Any:  # noqa: ANN401  a row
        """Return the person's row in the service members."""
        statement = "SELECT * FROM members.members WHERE agency_id = $1 AND mailbox = $2"
        return await self.stage.db.fetchrow(statement, self.agency_id, self.email(name))

    async def seats(self) -> Any:  # noqa: ANN401  a row
        """Return the agency's ledger."""
        return await self.stage.db.fetchrow("SELECT * FROM seats.ledgers WHERE agency_id = $1", self.agency_id)

    def published(self) -> list[PublishedMessage]:
        """Return the agency's messages on the bus."""
        key = str(self.agency_id).encode()
        return [
            read_record(record)
            for topic, log in self.journey.bus.log.items()
            for record in log[self.log_lengths.get(topic, 0) :]
            if record.key == key
        ]

    async def invariants(self) -> None:
        """Check all invariants on the messages of this round."""
        await invariants.check(self.journey, self.stage.db, self.agency_id, self.published())


def code_of(response: httpx.Response) -> str:
    """Return "ok", or the rejection's code."""
    return "ok" if response.is_success else str(response.json()["code"])


async def two_admins_demote_each_other(scene: Round) -> str:
    await scene.open(base=2)
    nia, nia_id = await scene.active("nia", role="admin")
    ada_id = (await scene.ada.get("/me"))["member"]["id"]
    by_ada, by_nia = await scene.both(
        scene.request(scene.ada, "PATCH", f"/members/{nia_id}", {"role": "clinician"}),
        scene.request(nia, "PATCH", f"/members/{ada_id}", {"role": "clinician"}),
    )
    first, second = (by_ada, by_nia) if by_ada.is_success else (by_nia, by_ada)
    assert code_of(first) == "ok"
    assert code_of(second) in {"last_admin", "not_an_admin"}
    return "ada was first" if first is by_ada else "nia was first"


async def one_admin_removes_the_other_who_demotes_them(scene: Round) -> str:
    await scene.open(base=2)
    nia, nia_id = await scene.active("nia", role="admin")
    ada_id = (await scene.ada.get("/me"))["member"]["id"]
    removing, demoting = await scene.both(
        scene.request(scene.ada, "DELETE", f"/members/{nia_id}"),
        scene.request(nia, "PATCH", f"/members/{ada_id}", {"role": "clinician"}),
    )
    if removing.is_success:
        assert code_of(demoting) in {"not_signed_in", "not_an_admin", "last_admin", "not_active"}
        return "the removal was first"
    assert code_of(removing) in {"last_admin", "not_an_admin"}
    assert code_of(demoting) == "ok"
    return "the demotion was first"


async def two_accept_for_the_last_seat(scene: Round) -> str:
    await scene.open(base=2, auto_add=True)
    for name in ("gil", "hal"):
        await scene.invite(name)
    responses = await scene.both(scene.acceptance("gil"), scene.acceptance("hal"))
    statuses = [response.json()["member"]["status"] for response in responses]
    assert sorted(statuses) == ["active", "blocked"]
    assert (await scene.seats())["purchased_base"] == 2, "an invitation never buys a seat, even with Auto-Add ON"
    return f"{('gil', 'hal')[statuses.index('active')]} was first"


async def a_swap_and_a_first_login_for_one_seat(scene: Round) -> str:
    await scene.open(base=2, voice=1)
    _, nia_id = await scene.active("nia")
    cem = scene.journey.browser()
    assert (await cem.sign_up(scene.email("cem"), "voice")).status_code == 201
    logging_in = await scene.login_request("cem", cem)
    swapping, login = await scene.both(
        scene.request(scene.ada, "PATCH", f"/members/{nia_id}", {"seatType": "voice"}), logging_in
    )
    status = login.json()["member"]["status"]
    if swapping.is_success:
        assert status == "blocked"
        return "the swap was first"
    assert (code_of(swapping), status) == ("no_seat_available", "active")
    return "the login was first"


async def a_removal_at_a_line_that_moves_and_a_login(scene: Round) -> str:
    await scene.open(base=2)
    _, nia_id = await scene.active("nia")
    eve = (await scene.journey.browser().join(scene.email("eve"))).json()["member"]
    assert (eve["status"], (await scene.ada.put("/settings/moving-line", {"enabled": True})).status_code) == (
        "blocked",
        200,
    )
    cem = scene.journey.browser()
    assert (await cem.sign_up(scene.email("cem"))).status_code == 201
    logging_in = await scene.login_request("cem", cem)
    removing, login = await scene.both(scene.request(scene.ada, "DELETE", f"/members/{nia_id}"), logging_in)
    assert (code_of(removing), login.json()["member"]["status"]) == ("ok", "blocked"), "nobody overtakes the line"
    assert (await scene.member_row("eve"))["status"] == "active"
    newest = "SELECT max(id) FROM members.outbox WHERE type = $1"
    removed = await scene.stage.db.fetchval(newest, "members.removed.v1")
    came = await scene.stage.db.fetchval(newest, "members.first_login.v1")
    return "the removal was first" if removed < came else "the login was first"


async def a_removal_while_auto_add_buys_for_that_person(scene: Round) -> str:
    await scene.open(base=1, auto_add=True)
    nia = scene.journey.browser()
    assert (await nia.sign_up(scene.email("nia"))).status_code == 201
    nia_id = (await scene.member_row("nia"))["member_id"]
    logging_in = await scene.login_request("nia", nia)
    removing, login = await scene.both(scene.request(scene.ada, "DELETE", f"/members/{nia_id}"), logging_in)
    assert code_of(removing) == "ok"
    # Nia was Active for a moment, or never: a code that came too late finds no member to sign in.
    assert code_of(login) in {"ok", "not_signed_in", "invalid_code"}
    await is_out(scene, nia, "nia")
    bought = (await scene.seats())["purchased_base"] - 1
    assert bought in {0, 1}
    return f"{bought} bought, the login got {code_of(login)}"


async def an_invite_anew_and_a_click_on_the_old_link(scene: Round) -> str:
    await scene.open(base=3)
    gil_id = await scene.invite("gil")
    reinvite, click = await scene.both(
        scene.request(scene.ada, "POST", f"/members/{gil_id}/reinvite"), scene.acceptance("gil")
    )
    if click.is_success:
        assert click.json()["member"]["status"] == "active"
        assert code_of(reinvite) == "wrong_status"
        return "the click was first"
    assert (code_of(reinvite), code_of(click)) == ("ok", "link_expired")
    assert (await scene.member_row("gil"))["status"] == "invited"
    [accepted] = await at_once(scene.journey, scene.rng, [scene.acceptance("gil")])
    assert accepted.json()["member"]["status"] == "active", "the fresh link works"
    return "the invite was first"


async def a_removal_and_a_login(scene: Round) -> str:
    await scene.open(base=2)
    _, nia_id = await scene.active("nia")
    phone = scene.journey.browser()
    logging_in = await scene.login_request("nia", phone)
    removing, login = await scene.both(scene.request(scene.ada, "DELETE", f"/members/{nia_id}"), logging_in)
    assert code_of(removing) == "ok"
    assert code_of(login) in {"ok", "not_signed_in", "invalid_code"}
    await is_out(scene, phone, "nia")
    return "the login was first" if login.is_success else "the removal was first"


async def is_out(scene: Round, browser: Browser, name: str) -> None:
    """Check that the person is removed, and that no session of theirs is valid."""
    assert (await scene.member_row(name))["status"] == "removed"
    assert (await browser.ask("GET", "/me")).status_code == 401
    member_id = (await scene.member_row(name))["member_id"]
    assert await scene.stage.db.fetchval("SELECT count(*) FROM gateway.sessions WHERE member_id = $1", member_id) == 0


async def an_exchange_and_a_removal(scene: Round) -> str:
    await scene.open(base=2, voice=1)
    _, nia_id = await scene.active("nia")
    cem = (await scene.journey.browser().join(scene.email("cem"), "voice")).json()["member"]
    moves = [{"id": nia_id, "seatType": "voice"}, {"id": cem["id"], "seatType": "base"}]
    exchanging, removing = await scene.both(
        scene.request(scene.ada, "POST", "/members/exchange-seats", {"members": moves}),
        scene.request(scene.ada, "DELETE", f"/members/{nia_id}"),
    )
    assert code_of(removing) == "ok"
    assert (await scene.member_row("nia"))["status"] == "removed"
    held, seats = (await scene.member_row("cem"))["plan_type"], await scene.seats()
    if exchanging.is_success:
        assert (held, seats["active_base"], seats["active_voice"]) == ("base", 2, 0)
        return "the exchange was first"
    assert (code_of(exchanging), held) == ("wrong_status", "voice")
    assert (seats["active_base"], seats["active_voice"]) == (1, 1)
    return "the removal was first"


async def a_burst_of_logins_at_a_limit_of_auto_add(scene: Round) -> str:
    await scene.open(base=1, auto_add=True)
    limited = await scene.ada.put("/settings/auto-add/limits", {"base": {"seats": 2}})
    assert limited.status_code == 200, limited.text
    names = ("nia", "bo")
    requests = []
    for name in names:
        browser = scene.journey.browser()
        assert (await browser.sign_up(scene.email(name))).status_code == 201
        requests.append(await scene.login_request(name, browser))
    await scene.both(*requests)
    await scene.journey.pass_time(20, step=5)
    rows = [await scene.member_row(name) for name in names]
    assert sorted(row["status"] for row in rows) == ["active", "blocked"]
    assert {row["blocked_reason"] for row in rows} == {None, "auto_add_limit"}
    assert (await scene.seats())["purchased_base"] == 2, "never above the limit"
    return f"{names[[row['status'] for row in rows].index('active')]} was first"


async def a_scheduled_reduction_and_a_login_that_needs_the_seat(scene: Round) -> str:
    await scene.open(base=3, auto_add=True)
    await scene.active("nia")
    scheduled = await scene.ada.put("/seats/reduction", {"base": 1, "voice": 0})
    assert scheduled.status_code == 200, scheduled.text
    due = datetime.fromisoformat(scheduled.json()["at"]) - MADE_BEFORE
    await scene.journey.advance((due - scene.journey.clock()).total_seconds() - 60)
    bo = scene.journey.browser()
    assert (await bo.sign_up(scene.email("bo"))).status_code == 201
    logging_in = await scene.login_request("bo", bo)

    async def the_moment_comes() -> httpx.Response:
        scene.journey.clock.advance(61)
        return await scene.request(scene.ada, "GET", "/seats/reduction")

    login, _ = await scene.both(logging_in, the_moment_comes())
    assert login.is_success, login.text
    await scene.journey.pass_time(20, step=5)
    assert (await scene.member_row("bo"))["status"] == "active"
    seats = await scene.seats()
    assert (seats["purchased_base"], seats["active_base"]) == (3, 3), "never below Active"
    bought = [message for message in scene.published() if message.type == "seats.seats_auto_added.v1"]
    return "the reduction was first" if bought else "the login was first"


Race = Callable[[Round], Awaitable[str]]
RACES: tuple[Race, ...] = (
    two_admins_demote_each_other,
    one_admin_removes_the_other_who_demotes_them,
    two_accept_for_the_last_seat,
    a_swap_and_a_first_login_for_one_seat,
    a_removal_while_auto_add_buys_for_that_person,
    an_invite_anew_and_a_click_on_the_old_link,
    a_removal_and_a_login,
    a_removal_at_a_line_that_moves_and_a_login,
    an_exchange_and_a_removal,
    a_burst_of_logins_at_a_limit_of_auto_add,
    a_scheduled_reduction_and_a_login_that_needs_the_seat,
)


@pytest.fixture(scope="module")
async def stage(databases: Databases) -> AsyncIterator[Stage]:
    database = await databases.fresh(await databases.template("services", migrate_all))
    db = await asyncpg.connect(database)
    async with journey_on(database) as journey:
        yield Stage(journey, db)
    await db.close()
    await databases.drop(database)


@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
async def test_INVARIANT_a_race_breaks_no_invariant_and_the_loser_gets_a_reason(  # noqa: N802
    stage: Stage,
    race: Race,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    """INVARIANT: active <= purchased, an Active admin, one outcome a command, nobody Active without a seat; no 500."""
    rounds, first = pytestconfig.getoption("--rounds"), pytestconfig.getoption("--first-seed")
    own = RACES.index(race) * 100_000 + first
    outcomes: Counter[str] = Counter()
    while outcomes.total() < rounds or (len(outcomes) == 1 and rounds > 1 and outcomes.total() < PATIENCE * rounds):
        scene = Round(stage, own + outcomes.total())
        try:
            outcome = await race(scene)
            await scene.invariants()
        except AssertionError as broken:
            broken.add_note(f"again: --rounds 1 --first-seed {scene.seed - own + first}")
            raise
        outcomes[outcome] += 1
        # The rate limits of this one network count by the hour.
        await stage.journey.advance(HOUR)
    assert len(outcomes) > 1 or rounds == 1, f"only one ordering occurred: {outcomes}"
    record_property(ORDERINGS, f"{race.__name__}: {', '.join(f'{count} x {name}' for name, count in outcomes.items())}")
