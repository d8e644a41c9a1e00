"""The most common jobs of an admin, with the number of clicks that each takes."""

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.support.journey import Journey
from tests.support.views import ADA, MEMBERS, SETTINGS, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser


class Mouse:
    """Counts clicks."""

    clicks = 0

    async def click(self, what: Locator, *, shift: bool = False) -> None:
        self.clicks += 1
        await what.click(modifiers=["Shift"] if shift else [])


async def test_four_blocked_people_get_in_by_one_click_and_auto_add_is_switched_on_by_two(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=1)
    for first in ("Nia", "Bea", "Cem", "Dan"):
        await joined(site, first, "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        panel = page.get_by_role("region", name="4 people are blocked for want of a Voice seat")
        button = panel.get_by_role("button", name="Add 4 Voice seats and let them in · $211.96 today")
        await expect(button).to_be_visible()
        await expect(page.locator("body")).to_be_focused()
        await page.get_by_role("link", name="Choose who").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Nia Novak").uncheck()
        await expect(dialog.get_by_role("button", name="Add 3 Voice seats and let them in")).to_be_visible()
        await dialog.get_by_role("link", name="Cancel").click()
        await page.reload()

        mouse = Mouse()
        await mouse.click(button)
        await expect(page.get_by_text("4 people are in. $211.96 was charged today.")).to_be_visible()
        assert mouse.clicks <= 2
        await expect(panel).to_be_hidden()
        await expect(page.get_by_role("row", name="Nia Novak")).to_contain_text("Active")

        await page.goto(f"{site.public}{SETTINGS}")
        mouse = Mouse()
        await mouse.click(page.get_by_role("switch", name="Auto-Add Seats"))
        await mouse.click(page.get_by_role("button", name="Switch Auto-Add ON"))
        await expect(page.get_by_role("switch", name="Auto-Add Seats")).to_be_checked()
        assert mouse.clicks <= 2
