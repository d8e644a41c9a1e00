"""How the Members tab looks and answers to hands, at every width: one journey, resized and never reloaded."""

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.support.journey import Journey
from tests.support.looking import WIDTHS, misfits
from tests.support.views import ADA, MEMBERS, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser
DESKTOP = 1280
_ROWS = """() => [...document.querySelectorAll("[data-row]:not(.folded)")].map((row) => row.offsetHeight)"""


async def test_members_has_rows_of_one_height_and_menus_and_meanings_in_reach_at_every_width(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=4)
    for first in ("Lea", "Tom", "Mia"):
        await joined(site, first, "base")
    for first in ("Nia", "Zoe", "Kim", "Bo", "Ana"):
        await joined(site, first, "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        heights: list[Any] = await page.evaluate(_ROWS)
        assert all(48 <= height <= 56 for height in heights), heights
        await expect(page.locator("#meter-base")).to_have_class("meter full")
        # The Active are in sight below the first two Blocked, and choosing somebody shows the others.
        await expect(page.get_by_role("row", name="Lea Novak")).to_be_in_viewport()
        await expect(page.get_by_role("row", name="Zoe Novak")).to_be_hidden()
        await page.get_by_label("Select Ana Novak").check()
        await expect(page.get_by_role("row", name="Zoe Novak")).to_be_visible()
        await page.get_by_label("Select Ana Novak").uncheck()
        meaning = page.get_by_role("tooltip", name="No seat of that type was free, and Auto-Add was OFF.").first
        await page.get_by_role("button", name="Blocked", exact=True).first.focus()
        await expect(meaning).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(meaning).to_be_hidden()
        await page.get_by_label("More for Lea Novak").focus()
        await page.get_by_role("button", name="Blocked", exact=True).first.hover()
        await expect(meaning).to_be_visible()
        await page.get_by_label("More for Lea Novak").click()
        wrong = []
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 844})
            await expect(page.get_by_role("link", name="Remove …")).to_be_visible()
            wrong += [f"{width}: {misfit}" for misfit in await misfits(page)]
        assert wrong == []
