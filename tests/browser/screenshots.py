"""Every page and state as a picture, at phone and desktop width, light and dark: `make screenshots`.

Not collected with the tests: it shows, it checks nothing.
"""

import os

from playwright.async_api import Browser, Page

from deploy.local.mail_gallery import mail_gallery
from deploy.local.places import state_folder
from deploy.local.stripe_standin.serving import serving
from services.notifier.mails.gallery import gallery
from services.notifier.mails.stationery import stationery
from tests.support.journey import Journey
from tests.support.looking import SCHEMES, WIDTHS
from tests.support.views import agencys_views, clinicians_views

ONLY = os.environ.get("ONLY", "")


async def take(name: str, page: Page) -> None:
    folder = state_folder() / "screenshots"
    folder.mkdir(exist_ok=True)
    if ONLY not in name:
        return
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


async def test_every_mail(browser: Browser) -> None:
    page = await browser.new_page()
    async with serving(mail_gallery("https://seats.example")) as address:
        for name in gallery(stationery("Headcount <no-reply@seats.example>", "https://seats.example")):
            await page.goto(f"{address}/{name}")
            await take(f"mail-{name}", page)
    await page.close()


async def test_the_clinicians_pages(browser: Browser, site: Journey) -> None:
    await clinicians_views(browser, site, take)


async def test_the_agencys_pages(browser: Browser, site: Journey) -> None:
    await agencys_views(browser, site, take)
