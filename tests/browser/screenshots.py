"""Every page and state as a picture, at phone and desktop width, light and dark: `make screenshots`.

Not collected with the tests: it shows, it checks nothing.
"""

import os

from playwright.async_api import Browser, Page

from deploy.local.mail_gallery import mail_gallery
from deploy.local.paths import REPOSITORY, state_folder
from deploy.local.stripe_standin.serving import serving
from services.notifier.mails.branding import branding
from services.notifier.mails.gallery import gallery
from tests.support.job_views import admins_jobs
from tests.support.journey import Journey
from tests.support.looking import SCHEMES
from tests.support.rare_views import agencys_rare_views, clinicians_rare_views
from tests.support.views import (
    ACTIVITY,
    ADA,
    BILLING,
    MEMBERS,
    agencys_views,
    clinicians_views,
    lively_agency,
    nothing,
    person_at,
    sign_in,
)

ONLY = os.environ.get("ONLY", "")
WIDTHS = (320, 390, 641, 768, 1024, 1280, 1920)
"""Seven of the eight widths that the tests check."""
_LONGER_DIALOG = """() => {
  const dialog = document.querySelector("dialog[open]");
  return dialog !== null && dialog.scrollHeight > dialog.clientHeight;
}"""


async def take(name: str, page: Page) -> None:
    folder = state_folder() / "screenshots"
    folder.mkdir(exist_ok=True)
    if ONLY not in name:
        return
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await _shoot(page, f"{folder / name}-{width}-{scheme}")
            if await page.evaluate(_LONGER_DIALOG):
                await page.evaluate("document.querySelector('dialog').scrollTo(0, 99999)")
                await _shoot(page, f"{folder / name}-end-{width}-{scheme}")


async def _shoot(page: Page, path: str) -> None:
    """The whole page; with a dialog open, what is seen of both: a backdrop is as high as the window."""
    dialog = await page.locator("dialog[open]").count() > 0
    await page.screenshot(path=f"{path}.png", full_page=not dialog)


async def test_every_mail(browser: Browser) -> None:
    page = await browser.new_page()
    async with serving(mail_gallery("https://seats.example")) as address:
        for name in gallery(branding("Headcount <no-reply@seats.example>", "https://seats.example")):
            await page.goto(f"{address}/{name}")
            await take(f"mail-{name}", page)
    await page.close()


async def test_the_clinicians_pages(browser: Browser, site: Journey) -> None:
    await clinicians_views(browser, site, take)


async def test_the_agencys_pages(browser: Browser, site: Journey) -> None:
    await agencys_views(browser, site, take)


async def test_the_obstacles_of_a_clinician(browser: Browser, site: Journey) -> None:
    await clinicians_rare_views(browser, site, take)


async def test_the_failures_an_admin_sees(browser: Browser, site: Journey) -> None:
    await agencys_rare_views(browser, site, take)


async def test_the_jobs_of_an_admin(browser: Browser, site: Journey) -> None:
    await admins_jobs(browser, site, take)


async def test_the_two_of_the_readme(browser: Browser, site: Journey) -> None:
    if ONLY not in "readme lively":
        return
    await lively_agency(site)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await page.set_viewport_size({"width": 1100, "height": 760})
        await page.screenshot(path=REPOSITORY / "docs" / "members.png")
        await ada.open(BILLING)
        await page.get_by_role("button", name="One more Voice seat").click()
        await page.get_by_role("button", name="One more Voice seat").click()
        await page.locator("#sentence").wait_for()
        await page.set_viewport_size({"width": 1100, "height": 860})
        await page.screenshot(path=REPOSITORY / "docs" / "billing.png")
        await page.locator("#chart-title").scroll_into_view_if_needed()
        await take("billing-lively", page)
        await ada.open(MEMBERS)
        await take("members-lively", page)
        await ada.open(ACTIVITY)
        await take("activity-lively", page)
