"""A page of another origin follows its person's seat with a bearer token, by the example that the documents show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from deploy.local.stripe_standin.serving import serving
from tests.browser.conftest import PATIENCE
from tests.support.journey import Journey
from tests.support.site import site_on
from tests.support.views import ADA

pytestmark = pytest.mark.browser

NIA = "nia@harbor.example"
EXAMPLE = Path(__file__).resolve().parents[2] / "services" / "gateway" / "static" / "extension.js"
PAGE = (
    """<!doctype html><title>Elsewhere</title><p id="seat">nobody</p><script type="module" src="/page.js"></script>"""
)
SCRIPT = """
import { Headcount } from "/extension.js";
const kept = new Map();
const store = { get: async (name) => kept.get(name) ?? null, set: async (name, value) => kept.set(name, value) };
window.use = (address) => { window.headcount = new Headcount(address, store); };
window.show = (member) => { document.getElementById("seat").textContent = member?.planType ?? "signed out"; };
"""


@asynccontextmanager
async def another_site() -> AsyncIterator[str]:
    """Serve a page with the example's script on a port of its own; yield its origin."""

    async def page(_: Request) -> Response:
        return HTMLResponse(PAGE)

    async def script(_: Request) -> Response:
        return Response(SCRIPT, media_type="text/javascript")

    async def example(_: Request) -> Response:
        return FileResponse(EXAMPLE, media_type="text/javascript")

    routes = [Route("/", page), Route("/page.js", script), Route("/extension.js", example)]
    async with serving(Starlette(routes=routes)) as origin:
        yield origin


@pytest.fixture
async def elsewhere(browser: Browser) -> AsyncIterator[Page]:
    """A page of another origin."""
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE)
    async with another_site() as origin:
        page = await context.new_page()
        await page.goto(origin)
        await page.wait_for_function("window.use !== undefined")
        yield page
        await context.close()


def origin_of(page: Page) -> str:
    return page.url.rstrip("/")


async def nia_joins(site: Journey) -> str:
    """Open an agency with a signed BAA, in which Nia holds a Base seat; return her id."""
    await site.open_agency(base=2, voice=1)
    ada = site.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    nia = site.browser()
    await nia.join(NIA)
    return str((await nia.me())["id"])


async def signs_in(site: Journey, page: Page) -> Any:  # noqa: ANN401  the API's JSON
    """Sign Nia in on this page with a new code; return the member as the page got it."""
    before = len(site.letterbox.to(NIA))
    await page.evaluate("email => headcount.askForCode(email)", NIA)
    await site.letterbox.next_to(NIA, before)
    return await page.evaluate("([email, code]) => headcount.signIn(email, code)", [NIA, site.letterbox.code(NIA)])


async def test_a_swap_by_the_admin_and_the_end_of_the_session_are_seen_on_a_page_of_another_origin(
    migrated: str, elsewhere: Page
) -> None:
    async with site_on(migrated, frozenset({origin_of(elsewhere)})) as site:
        nia_id = await nia_joins(site)
        await elsewhere.evaluate("address => use(address)", site.public)
        assert (await signs_in(site, elsewhere))["planType"] == "base"
        await elsewhere.evaluate("() => { headcount.follow(show); }")
        seat = elsewhere.locator("#seat")
        await expect(seat).to_have_text("base")

        ada = site.browser()
        await ada.log_in(ADA)
        assert (await ada.swap(nia_id, "voice")).status_code == 200
        await expect(seat).to_have_text("voice")

        nia = site.browser()
        await nia.log_in(NIA)
        assert [row["kind"] for row in (await nia.get("/sessions"))["items"]].count("extension") == 1
        assert (await nia.ask("DELETE", "/sessions")).status_code == 204
        await expect(seat).to_have_text("signed out")
        assert await elsewhere.context.cookies() == []


async def test_a_page_signs_out_and_signs_in_again(migrated: str, elsewhere: Page) -> None:
    async with site_on(migrated, frozenset({origin_of(elsewhere)})) as site:
        await nia_joins(site)
        await elsewhere.evaluate("address => use(address)", site.public)
        for _ in range(2):
            await signs_in(site, elsewhere)
            await elsewhere.evaluate("() => headcount.signOut()")
            assert await elsewhere.evaluate("() => headcount.me()") is None


async def test_a_page_of_an_origin_that_is_not_listed_reads_nothing(site: Journey, elsewhere: Page) -> None:
    await nia_joins(site)
    await elsewhere.evaluate("address => use(address)", site.public)
    failed = "promise => promise.then(() => 'read', (fault) => fault.name)"
    for call in (f"headcount.askForCode('{NIA}')", "headcount.me()", f"fetch('{site.public}/api/v1/me')"):
        assert await elsewhere.evaluate(f"() => ({failed})({call})") == "TypeError"
