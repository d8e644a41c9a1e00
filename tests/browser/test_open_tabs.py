"""Many tabs of one browser share one stream, and none of them shows a person who is not signed in any more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.journey import Journey
from tests.support.views import ADA, MEMBERS, Person, joined, nothing, person_at, sign_in

pytestmark = pytest.mark.browser

NIA = "nia@harbor.example"
MANY = 9
"""A browser keeps six connections to a site over HTTP/1.1."""
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@asynccontextmanager
async def open_tabs(
    browser: Browser, site: Journey, count: int, email: str = ADA
) -> AsyncIterator[tuple[Person, list[Page]]]:
    """An admin with so many tabs on the list of members."""
    async with person_at(browser, site, nothing) as admin:
        await sign_in(admin, email, MEMBERS)
        pages = [admin.page]
        for _ in range(count - 1):
            page = await admin.page.context.new_page()
            await page.goto(f"{site.public}{MEMBERS}", wait_until="domcontentloaded")
            pages.append(page)
        for page in pages:
            await expect(page.get_by_role("heading", name="Members")).to_be_visible()
        yield admin, pages


def streams(site: Journey) -> int:
    """How many streams of the gateway are open."""
    return sum(len(events) for (kind, _), events in site.http.gateway.listener._waiting.items() if kind == "a")


async def test_nine_tabs_open_and_all_follow_on_one_stream(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=3)
    async with open_tabs(browser, site, MANY) as (_, pages):
        await joined(site, "Nia", "base")
        for page in pages:
            await expect(page.get_by_role("row", name="Nia Novak")).to_contain_text("Active")
        assert streams(site) == 1


async def test_the_next_tab_takes_over_from_one_that_closes_or_is_hidden(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=4)
    async with open_tabs(browser, site, 3) as (_, [first, second, third]):
        await joined(site, "Nia", "base")
        await expect(third.get_by_role("row", name="Nia Novak")).to_contain_text("Active")
        await first.close()
        await joined(site, "Max", "base")
        await expect(third.get_by_role("row", name="Max Novak")).to_contain_text("Active")
        await second.evaluate(HIDE, True)
        await joined(site, "Zoe", "base")
        await expect(third.get_by_role("row", name="Zoe Novak")).to_contain_text("Active")
        assert streams(site) == 1
        await third.evaluate(HIDE, True)
        await second.evaluate(HIDE, False)
        await expect(second.get_by_role("row", name="Zoe Novak")).to_contain_text("Active")


async def test_a_tab_that_slept_catches_up_when_it_is_looked_at(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with open_tabs(browser, site, 1) as (_, [page]):
        await page.evaluate(HIDE, True)
        await joined(site, "Nia", "base")
        await expect(page.get_by_role("row", name="Nia Novak")).to_have_count(0)
        await page.evaluate(HIDE, False)
        await expect(page.get_by_role("row", name="Nia Novak")).to_contain_text("Active")


async def test_signing_out_in_one_tab_changes_every_other_tab_as_a_whole(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with open_tabs(browser, site, 3) as (_, [first, second, third]):
        await first.get_by_role("button", name="Sign out").click()
        for page in (second, third):
            await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
            await expect(page.locator(".tabs, .whoami, .top-agency")).to_have_count(0)


async def test_a_removed_admins_open_tabs_keep_nothing_of_the_agency(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    await joined(site, "Nia", "base")
    api = site.browser()
    await api.log_in(ADA)
    await api.sign_baa()
    nia = (await api.row(NIA))["id"]
    assert (await api.ask("PATCH", f"/members/{nia}", {"role": "admin"})).status_code == 200
    async with open_tabs(browser, site, 2, NIA) as (_, pages):
        assert (await api.ask("DELETE", f"/members/{nia}")).status_code == 204
        for page in pages:
            await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
            await expect(page.locator(".tabs, .whoami, .top-agency")).to_have_count(0)


async def test_a_clinicians_welcome_page_goes_with_the_session(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as nia:
        await sign_in(nia, NIA)
        other = await nia.page.context.new_page()
        await other.goto(f"{site.public}/welcome")
        await other.get_by_role("button", name="Sign out").click()
        await expect(nia.page.get_by_role("heading", name="Sign in")).to_be_visible()
