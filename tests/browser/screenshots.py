"""Every page and state, at phone and desktop width, light and dark, into .local/screenshots: `make screenshots`.

Not collected with the tests: it shows, it checks nothing.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from contracts.vocabulary import Service
from deploy.local.places import state_folder
from tests.browser.conftest import PATIENCE
from tests.support.journey import Journey
from tests.support.site import code_for

WIDTHS = (390, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ONLY = os.environ.get("ONLY", "")
ADA = "ada@harbor.example"


def folder() -> Path:
    made = state_folder() / "screenshots"
    made.mkdir(exist_ok=True)
    return made


class Shots:
    """One person whose every view is taken four times."""

    def __init__(self, site: Journey, page: Page) -> None:
        self.site = site
        self.page = page

    async def open(self, path: str) -> Page:
        await self.page.goto(f"{self.site.public}{path}")
        return self.page

    async def take(self, name: str) -> None:
        if ONLY and ONLY not in name:
            return
        for width in WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": 844 if width < 500 else 900})
            for scheme in SCHEMES:
                await self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await self.page.screenshot(path=folder() / f"{name}-{width}-{scheme}.png", full_page=True)


@asynccontextmanager
async def person(browser: Browser, site: Journey) -> AsyncIterator[Shots]:
    context: BrowserContext = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield Shots(site, await context.new_page())
    await context.close()


async def sign_in(shots: Shots, email: str, after: str = "") -> None:
    page = await shots.open(f"/login?next={after}" if after else "/login")
    await page.get_by_label("Work e-mail address").fill(email)
    await page.get_by_role("button", name="Mail me a code").click()
    await page.get_by_label("Code from the mail").press_sequentially(await code_for(shots.site, email))
    await page.wait_for_url(lambda url: "/login" not in url)


async def test_the_clinicians_pages(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with person(browser, site) as nia:
        for path, name in (("/", "home"), ("/signup", "signup"), ("/login", "login"), ("/nothing", "not-found")):
            await nia.open(path)
            await nia.take(name)
        page = await nia.open("/signup")
        await page.get_by_label("Your name").fill("Nia Novak")
        await page.get_by_label("Work e-mail address").fill("nia@nobody.example")
        await page.get_by_role("radio", name="Voice").check()
        await page.get_by_role("button", name="Sign up").click()
        await page.get_by_text("No agency lets people").wait_for()
        await nia.take("signup-refused")
        await page.get_by_label("Work e-mail address").fill("nia@harbor.example")
        await page.get_by_role("button", name="Sign up").click()
        await page.get_by_role("heading", name="Check your mail").wait_for()
        await nia.take("code")
        code = await code_for(site, "nia@harbor.example")
        await page.get_by_label("Code from the mail").press_sequentially("1111" if code != "1111" else "2222")
        await page.get_by_role("alert").wait_for()
        await nia.take("code-wrong")
        await page.get_by_label("Code from the mail").press_sequentially(code)
        await page.get_by_role("heading", name="no free Voice seat").wait_for()
        await nia.take("blocked")
        await nia.open("/admin/agency/members")
        await nia.take("not-an-admin")
    ada = site.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    async with person(browser, site) as tom:
        await site.browser().sign_up("tom@harbor.example", "voice", "Tom Reyes")
        site.bus.held.add(Service.BILLING)
        await sign_in(tom, "tom@harbor.example")
        await tom.page.get_by_role("heading", name="is adding a seat").wait_for()
        await tom.take("waiting")
        site.bus.held.clear()
        await tom.page.get_by_role("heading", name="You're in").wait_for()
        await tom.take("welcome")


async def crowd(site: Journey) -> None:
    """A dozen members in every status that can be reached."""
    names = ("Mira Lindqvist", "Tomas Reyes", "June Castellano", "Alexandra Papadopoulos-Richardson", "Omar Haddad")
    for name in names:
        address = f"{name.split()[0].lower()}@harbor.example"
        await site.browser().sign_up(address, "voice" if len(name) % 2 else "base", name)
    for first in ("mira", "tomas", "june", "alexandra"):
        await site.browser().log_in(f"{first}@harbor.example")


async def test_the_agencys_pages(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=3, voice=1)
    async with person(browser, site) as ada:
        await sign_in(ada, ADA, "/admin/agency/members")
        await ada.take("members-alone")
        await ada.open("/admin/agency/settings")
        await ada.take("settings-baa-unsigned")
        await ada.open("/admin/agency/billing")
        await ada.take("billing-baa-unsigned")
        await site.browser().log_in(ADA)
        await crowd(site)
        await ada.open("/admin/agency/members")
        await ada.take("members")
        await ada.page.get_by_label("More for Ada Park").click()
        await ada.take("members-menu")
        await ada.page.get_by_role("link", name="Remove …").click()
        await ada.page.get_by_role("dialog").wait_for()
        await ada.take("remove-dialog")
        await ada.open("/admin/agency/members?q=zzz")
        await ada.take("members-nobody")
        await ada.open("/admin/agency/activity")
        await ada.take("activity")
        page = await ada.open("/admin/agency/settings")
        await page.get_by_label("Your full name").fill("Ada Park")
        await page.get_by_label("Your title").fill("Director")
        await page.get_by_role("button", name="Sign the BAA").click()
        await page.get_by_text("The BAA is signed.").wait_for()
        await ada.take("settings-signed")


pytestmark = pytest.mark.browser
