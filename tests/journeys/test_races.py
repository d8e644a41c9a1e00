"""Races: two people act in the same instant. Whoever is first, all invariants hold, and who lost is told in a sentence.

Each round is an agency of its own; a seed draws who begins, and whose step comes next. `make races ROUNDS=500` runs
more rounds than `make test`; `--first-seed` says where they begin, so that a round can be run again.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from chassis.postgres import Db
from services.gateway.api.request import API
from tests.support import invariants
from tests.support.bus import spoken
from tests.support.databases import Databases
from tests.support.journey import Browser, Journey, journey_on, text_of
from tests.support.migrated import migrate_all
from tests.support.shuffled import Request, at_once

HOUR = 3600
ORDERS = "commands that occurred"
PATIENCE = 10
"""For how many times the rounds wanted a race goes on until both commands have occurred."""


@dataclass
class Stage:
    """The system that all rounds take place in."""

    journey: Journey
    db: Db


@dataclass
class Round:
    """One agency, and what is to happen in it."""

    stage: Stage
    seed: int
    rng: Random = field(init=False)
    ada: Browser = field(init=False)
    agency_id: UUID = field(init=False)
    said_before: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.said_before = {topic: len(log) for topic, log in self.journey.bus.log.items()}

    @property
    def journey(self) -> Journey:
        return self.stage.journey

    def email(self, name: str) -> str:
        return f"{name}@round{self.seed}.example"

    async def open(self, *, base: int, voice: int = 0, auto_add: bool = False) -> None:
        """Open the agency, sign its BAA, and switch Auto-Add as wanted."""
        opened = await self.journey.open_agency(f"round{self.seed}.example", base=base, voice=voice)
        assert opened.status_code == 201, opened.text
        self.agency_id = UUID(opened.json()["agency"]["id"])
        self.ada = self.journey.browser()
        assert (await self.ada.log_in(self.email("ada"))).status_code == 201
        assert (await self.ada.sign_baa()).status_code == 201
        if auto_add:
            assert (await self.ada.auto_add(enabled=True)).status_code == 200

    async def active(self, name: str, *, role: str = "clinician") -> tuple[Browser, str]:
        """Somebody Active: browser and id."""
        browser = self.journey.browser()
        member = (await browser.join(self.email(name))).json()["member"]
        assert member["status"] == "active"
        if role == "admin":
            assert (await self.ada.ask("PATCH", f"/members/{member['id']}", {"role": role})).is_success
        return browser, str(member["id"])

    async def invite(self, name: str) -> str:
        """Invite somebody; answers the id."""
        body = {"email": self.email(name), "name": name.title(), "seatType": "base"}
        answer = await self.ada.post("/members", body)
        assert answer.status_code == 201, answer.text
        await self.journey.drain()
        return str(answer.json()["id"])

    def accepting(self, name: str) -> Request:
        """Somebody follows the newest invitation that they have now."""
        mails = "\n".join(text_of(mail) for mail in self.journey.letterbox.to(self.email(name)))
        token = re.findall(r"/invite/([\w-]+)", mails)[-1]
        return self.request(self.journey.browser(), "POST", "/invitations/accept", {"token": token})

    async def signing_in(self, name: str, browser: Browser | None = None) -> Request:
        """Somebody has a code already and is about to enter it."""
        browser = browser or self.journey.browser()
        assert (await browser.post("/login-codes", {"email": self.email(name)})).status_code == 202
        await self.journey.drain()
        code = self.journey.letterbox.code(self.email(name))
        return self.request(browser, "POST", "/sessions", {"email": self.email(name), "code": code})

    async def request(self, who: Browser, method: str, path: str, body: object = None) -> httpx.Response:
        """A request that waits for whatever turn comes, instead of giving everybody theirs."""
        return await who.client.request(method, f"{API}{path}", json=body)

    async def both(self, one: Request, other: Request) -> tuple[httpx.Response, httpx.Response]:
        """Make two requests in the same instant; whoever is refused is told why in a sentence."""
        answers = await at_once(self.journey, self.rng, [one, other])
        for answer in answers:
            if not answer.is_success:
                assert 400 <= answer.status_code < 500, answer.text
                detail = answer.json()["detail"]
                assert len(detail.split()) > 3, detail
                assert detail[-1] in ".?!", detail
        return answers[0], answers[1]

    async def standing(self, name: str) -> Any:  # noqa: ANN401  a row
        """Somebody as members has them."""
        statement = "SELECT * FROM members.members WHERE agency_id = $1 AND mailbox = $2"
        return await self.stage.db.fetchrow(statement, self.agency_id, self.email(name))

    async def seats(self) -> Any:  # noqa: ANN401  a row
        """The ledger."""
        return await self.stage.db.fetchrow("SELECT * FROM seats.ledgers WHERE agency_id = $1", self.agency_id)

    async def invariants(self) -> None:
        """All of them, on what this round has said."""
        key = str(self.agency_id).encode()
        published = [
            spoken(record)
            for topic, log in self.journey.bus.log.items()
            for record in log[self.said_before.get(topic, 0) :]
            if record.key == key
        ]
        await invariants.check(self.journey, self.stage.db, self.agency_id, published)


def code_of(answer: httpx.Response) -> str:
    """What came of a request: "ok", or the rejection's code."""
    return "ok" if answer.is_success else str(answer.json()["code"])


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
    answers = await scene.both(scene.accepting("gil"), scene.accepting("hal"))
    statuses = [answer.json()["member"]["status"] for answer in answers]
    assert sorted(statuses) == ["active", "blocked"]
    assert (await scene.seats())["purchased_base"] == 2, "nothing is bought for an invitation, Auto-Add or not"
    return f"{('gil', 'hal')[statuses.index('active')]} was first"


async def a_swap_and_a_first_login_for_one_seat(scene: Round) -> str:
    await scene.open(base=2, voice=1)
    _, nia_id = await scene.active("nia")
    cem = scene.journey.browser()
    assert (await cem.sign_up(scene.email("cem"), "voice")).status_code == 201
    logging_in = await scene.signing_in("cem", cem)
    swapping, login = await scene.both(
        scene.request(scene.ada, "PATCH", f"/members/{nia_id}", {"seatType": "voice"}), logging_in
    )
    status = login.json()["member"]["status"]
    if swapping.is_success:
        assert status == "blocked"
        return "the swap was first"
    assert (code_of(swapping), status) == ("no_seat_available", "active")
    return "the login was first"


async def a_removal_while_auto_add_buys_for_that_person(scene: Round) -> str:
    await scene.open(base=1, auto_add=True)
    nia = scene.journey.browser()
    assert (await nia.sign_up(scene.email("nia"))).status_code == 201
    nia_id = (await scene.standing("nia"))["member_id"]
    logging_in = await scene.signing_in("nia", nia)
    removing, login = await scene.both(scene.request(scene.ada, "DELETE", f"/members/{nia_id}"), logging_in)
    assert code_of(removing) == "ok"
    # They were in for a moment, or never; if the code came too late there was nobody to let in.
    assert code_of(login) in {"ok", "not_signed_in", "invalid_code"}
    await is_out(scene, nia, "nia")
    bought = (await scene.seats())["purchased_base"] - 1
    assert bought in {0, 1}
    return f"{bought} bought, the login was answered {code_of(login)}"


async def an_invite_anew_and_a_click_on_the_old_link(scene: Round) -> str:
    await scene.open(base=3)
    gil_id = await scene.invite("gil")
    anew, click = await scene.both(
        scene.request(scene.ada, "POST", f"/members/{gil_id}/reinvite"), scene.accepting("gil")
    )
    if click.is_success:
        assert click.json()["member"]["status"] == "active"
        assert code_of(anew) == "wrong_status"
        return "the click was first"
    assert (code_of(anew), code_of(click)) == ("ok", "link_expired")
    assert (await scene.standing("gil"))["status"] == "invited"
    [accepted] = await at_once(scene.journey, scene.rng, [scene.accepting("gil")])
    assert accepted.json()["member"]["status"] == "active", "the fresh link works"
    return "the invite was first"


async def a_removal_and_a_login(scene: Round) -> str:
    await scene.open(base=2)
    _, nia_id = await scene.active("nia")
    phone = scene.journey.browser()
    logging_in = await scene.signing_in("nia", phone)
    removing, login = await scene.both(scene.request(scene.ada, "DELETE", f"/members/{nia_id}"), logging_in)
    assert code_of(removing) == "ok"
    assert code_of(login) in {"ok", "not_signed_in", "invalid_code"}
    await is_out(scene, phone, "nia")
    return "the login was first" if login.is_success else "the removal was first"


async def is_out(scene: Round, browser: Browser, name: str) -> None:
    """Somebody is removed, and no session of theirs opens anything, whenever it began."""
    assert (await scene.standing(name))["status"] == "removed"
    assert (await browser.ask("GET", "/me")).status_code == 401
    member_id = (await scene.standing(name))["member_id"]
    assert await scene.stage.db.fetchval("SELECT count(*) FROM gateway.sessions WHERE member_id = $1", member_id) == 0


Race = Callable[[Round], Awaitable[str]]
RACES: tuple[Race, ...] = (
    two_admins_demote_each_other,
    one_admin_removes_the_other_who_demotes_them,
    two_accept_for_the_last_seat,
    a_swap_and_a_first_login_for_one_seat,
    a_removal_while_auto_add_buys_for_that_person,
    an_invite_anew_and_a_click_on_the_old_link,
    a_removal_and_a_login,
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
async def test_INVARIANT_whoever_is_first_all_holds_and_the_other_is_told(  # noqa: N802
    stage: Stage,
    race: Race,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    """INVARIANT: active <= purchased, an Active admin, one outcome a command, nobody Active without a seat; no 500."""
    rounds, first = pytestconfig.getoption("--rounds"), pytestconfig.getoption("--first-seed")
    own = RACES.index(race) * 100_000 + first
    seen: Counter[str] = Counter()
    while seen.total() < rounds or (len(seen) == 1 and rounds > 1 and seen.total() < PATIENCE * rounds):
        scene = Round(stage, own + seen.total())
        try:
            outcome = await race(scene)
            await scene.invariants()
        except AssertionError as broken:
            broken.add_note(f"again: --rounds 1 --first-seed {scene.seed - own + first}")
            raise
        seen[outcome] += 1
        # The limits of this one network count by the hour.
        await stage.journey.advance(HOUR)
    assert len(seen) > 1 or rounds == 1, f"only one command occurred: {seen}"
    record_property(ORDERS, f"{race.__name__}: {', '.join(f'{count} x {command}' for command, count in seen.items())}")
