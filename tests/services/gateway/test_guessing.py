"""Days and years of guessing: what strangers with any number of addresses, networks and browsers get."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx

from contracts import members as events
from contracts.members import RecordLogin
from contracts.vocabulary import Role, SeatType
from hosting.sealing import Sealing
from services.gateway.domain.code_guessing import ADDRESS, FIRST_LOGINS
from tests.support.gateway_harness import GatewayHarness

ADMIN = "ada@harbor.example"
ADDRESSES = NETWORKS = 1000
AT_ONCE = 50
DAY = 24 * 3600
TRIES = 2


@dataclass(frozen=True)
class Attempt:
    """Return a browser of the stranger, on a network of its own, that has requested a code."""

    browser: httpx.AsyncClient
    email: str


def networks() -> list[str]:
    return [f"198.18.{number // 250}.{number % 250}" for number in range(NETWORKS)]


async def ask(front: GatewayHarness, pairs: Iterable[tuple[str, str]]) -> list[Attempt]:
    """Request a code from each network for its address, all at once, and leave out the limited networks."""

    async def one(network: str, email: str) -> Attempt | None:
        browser = front.browser(network)
        response = await browser.post("/api/v1/login-codes", json={"email": email})
        return Attempt(browser, email) if response.status_code == 202 else None

    return [made for made in await asyncio.gather(*(one(*pair) for pair in pairs)) if made is not None]


async def mails(front: GatewayHarness) -> list[dict[str, str]]:
    """Return `code` and `link` of each requested mail, the newest last."""
    sealing = Sealing(front.settings.sealing_keys)
    rows = await front.service.pool.fetch("SELECT sealed FROM login_codes WHERE sealed IS NOT NULL ORDER BY id")
    return [sealing.open(row["sealed"]) for row in rows]


async def guess_wrongly(front: GatewayHarness, attempts: list[Attempt]) -> Counter[str]:
    """Everybody guesses, all at once, and never right: no chance here. Answers the codes of the rejections."""
    right = {mail["code"] for mail in await mails(front)}
    wrong = next(code for code in (f"{number:04}" for number in range(10_000)) if code not in right)

    async def one(attempt: Attempt) -> str:
        response = await attempt.browser.post("/api/v1/sessions", json={"email": attempt.email, "code": wrong})
        assert response.status_code in {401, 403}, response.text
        return str(response.json()["code"])

    return Counter(await asyncio.gather(*(one(attempt) for attempt in attempts for _ in range(TRIES))))


async def compared(front: GatewayHarness, *subject: str) -> int:
    """How many wrong codes count against a subject: each of them was compared."""
    of_subject = front.http.gateway._hashing.of(*subject)
    count: int = await front.service.pool.fetchval("SELECT count(*) FROM wrong_codes WHERE subject = $1", of_subject)
    return count


async def test_INVARIANT_a_thousand_addresses_get_ten_guesses_a_day_on_an_agencys_first_logins(  # noqa: N802
    front: GatewayHarness,
) -> None:
    """INVARIANT: at most ten wrong tries a day on first logins of one agency; links, and later logins, go on."""
    await front.agency()
    known = {f"stranger{number}@harbor.example": uuid4() for number in range(0, ADDRESSES, 2)}
    signed_up = [
        front.service.sender.record(
            events.SignedUp(member_id=member_id, email=email, name="Somebody", seat_type=SeatType.BASE), front.agency_id
        )
        for email, member_id in known.items()
    ]
    await front.service.handle_records(signed_up)
    pairs = list(zip(networks(), (f"stranger{number}@harbor.example" for number in range(ADDRESSES)), strict=True))
    refusals: Counter[str] = Counter()
    batches = [pairs[start : start + AT_ONCE] for start in range(0, len(pairs), AT_ONCE)]
    for batch in batches:
        attempts = await ask(front, batch)
        assert len(attempts) == len(batch)
        refusals += await guess_wrongly(front, attempts)
        front.service.clock.advance(0.9 * DAY / len(batches))
    assert await compared(front, "guess-first", str(front.agency_id)) == FIRST_LOGINS.most
    assert refusals == {"invalid_code": ADDRESSES * TRIES}, "no response tells that the limit is reached"

    while await front.http.gateway.code_mails.run_once():
        pass
    await links_go_on(front, *next(iter(known.items())))
    # Somebody who was in before has nothing to do with first logins.
    assert (await front.sign_in(ADMIN)).cookies


async def links_go_on(front: GatewayHarness, email: str, member_id: UUID) -> None:
    """Check that the right code is answered as a wrong one, and that the mail's link lets its owner in."""
    browser = front.browser()
    mail = await front.mailed(browser, email)
    refused = await browser.post("/api/v1/sessions", json={"email": email, "code": mail["code"]})
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_code")

    def activated(_: RecordLogin) -> events.Activated:
        return events.Activated(member_id=member_id, seat_type=SeatType.BASE, role=Role.CLINICIAN)

    following = browser.post("/api/v1/sessions", json={"token": mail["link"].rpartition("/")[2]})
    response = await front.answered(following, RecordLogin, activated)
    assert (response.status_code, response.json()["member"]["status"]) == (201, "active")


async def test_INVARIANT_a_year_of_guessing_compares_forty_codes_of_an_admin_who_signs_in_each_week(  # noqa: N802
    front: GatewayHarness,
) -> None:
    """INVARIANT: neither time nor the owner's own sign-ins give strangers more, and the owner notices nothing."""
    await front.agency()
    owner = await front.sign_in()
    tries: Counter[str] = Counter()
    in_all = 0
    for week in range(53):
        attempts = await ask(front, [(f"198.18.{week}.{number}", ADMIN) for number in range(3)])
        before = await compared(front, "guess-address", ADMIN)
        tries += await guess_wrongly(front, attempts)
        in_all += await compared(front, "guess-address", ADMIN) - before
        while await front.http.gateway.code_mails.run_once():
            await front.service.published()  # The strangers' mails are the owner's too, and not what is read here.
        mail = await front.mailed(owner, ADMIN)
        if week % 2:  # Every other time with a new browser, where only the link works by now.
            owner = front.browser()
            proof = {"token": mail["link"].rpartition("/")[2]}
        else:
            proof = {"email": ADMIN, "code": mail["code"]}
        assert (await owner.post("/api/v1/sessions", json=proof)).status_code == 201
        front.service.clock.advance(7 * DAY)
        await front.http.gateway.tidy()
    assert ADDRESS.most <= in_all <= 40
    assert tries["link_required"] == 53 * 3 * TRIES - in_all


async def test_INVARIANT_a_thousand_networks_get_ten_guesses_on_a_returning_admin(front: GatewayHarness) -> None:  # noqa: N802
    """INVARIANT: at most ten wrong tries on one address, and the link of the newest mail goes on working."""
    await front.agency()
    refusals: Counter[str] = Counter()
    everywhere = networks()
    batches = [everywhere[start : start + AT_ONCE] for start in range(0, NETWORKS, AT_ONCE)]
    for batch in batches:
        refusals += await guess_wrongly(front, await ask(front, [(network, ADMIN) for network in batch]))
        front.service.clock.advance(0.9 * DAY / len(batches))
    assert await compared(front, "guess-address", ADMIN) == ADDRESS.most
    mailed = await front.service.pool.fetchval("SELECT count(*) FROM login_codes")
    assert mailed == front.settings.code_mails_per_address * len(batches), "whatever an hour brings"

    front.service.clock.advance(3600)
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    refused = await browser.post("/api/v1/sessions", json={"email": ADMIN, "code": mail["code"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "link_required")
    response = await browser.post("/api/v1/sessions", json={"token": mail["link"].rpartition("/")[2]})
    assert (response.status_code, response.json()["member"]["status"]) == (201, "active")
