"""A browser that has signed in to an address is known there, also after it signed out."""

import httpx
import pytest

from services.gateway.domain.known_browser import KNOWN_FOR, MOST_KNOWN
from tests.support.gateway_harness import GatewayHarness

ADMIN = "ada@harbor.example"
NOOR = "noor@harbor.example"


async def known(front: GatewayHarness, browser: httpx.AsyncClient, email: str) -> bool:
    return await front.http.gateway.known_browsers.known(email, browser.cookies.get("__Host-browser"))


async def test_a_browser_is_known_to_the_address_that_it_signed_in_to_and_to_no_other(front: GatewayHarness) -> None:
    await front.agency()
    await front.activate(await front.signed_up(NOOR))
    browser = front.browser()
    mail = await front.mailed(browser, ADMIN)
    assert not await known(front, browser, ADMIN), "a request alone makes nobody known"
    assert (await browser.post("/api/v1/sessions", json={"email": ADMIN, "code": mail["code"]})).status_code == 201
    assert await known(front, browser, ADMIN)
    assert not await known(front, browser, NOOR)
    assert not await known(front, front.browser(), ADMIN)


async def test_a_browser_is_known_after_it_signed_out_for_180_days(front: GatewayHarness) -> None:
    await front.agency()
    browser = await front.sign_in()
    [cookie] = [cookie for cookie in browser.cookies.jar if cookie.name == "__Host-browser"]
    assert cookie.expires is not None
    assert (await browser.delete("/api/v1/sessions/current")).status_code == 204
    assert await known(front, browser, ADMIN)
    front.service.clock.advance(KNOWN_FOR.total_seconds())
    assert not await known(front, browser, ADMIN)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM known_browsers") == 1
    front.service.clock.advance(1)
    await front.http.gateway.tidy()
    assert await front.service.pool.fetchval("SELECT count(*) FROM known_browsers") == 0


async def test_a_link_makes_the_browser_known_in_which_it_was_followed(front: GatewayHarness) -> None:
    await front.agency()
    asked, followed = front.browser(), front.browser()
    mail = await front.mailed(asked, ADMIN)
    response = await followed.post("/api/v1/sessions", json={"token": mail["link"].rpartition("/")[2]})
    assert response.status_code == 201
    assert await known(front, followed, ADMIN)
    assert not await known(front, asked, ADMIN)


@pytest.mark.parametrize("signs_in", ["page", "api"])
async def test_an_accepted_invitation_makes_the_browser_known(front: GatewayHarness, signs_in: str) -> None:
    await front.agency()
    admin = await front.sign_in()
    ida, token = await front.invite(admin)
    await front.activate(ida)  # As if the acceptance had been decided elsewhere, so that it is over at once here.
    await front.service.pool.execute("UPDATE members SET status = 'invited' WHERE member_id = $1", ida)
    await front.service.pool.execute("UPDATE invitations SET state = 'open'")
    front.http.gateway.operations.patience = 0.0
    browser = front.browser()
    if signs_in == "api":
        assert (await browser.post("/api/v1/invitations/accept", json={"token": token})).status_code == 201
    else:
        assert (await browser.post(f"/invite/{token}", data={"key": "1"})).status_code == 303
    assert await known(front, browser, "ida@elsewhere.example")


async def test_an_address_forgets_the_browsers_that_signed_in_longest_ago(front: GatewayHarness) -> None:
    await front.agency()
    browsers = []
    for _ in range(MOST_KNOWN + 1):
        browsers.append(await front.sign_in())
        front.service.clock.advance(3600)
    assert [await known(front, browser, ADMIN) for browser in browsers] == [False] + [True] * MOST_KNOWN
