"""What was done is reported in sight, with its way back, and goes neither under the pointer nor from the keyboard."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.journey import Journey
from tests.support.views import ADA, BILLING, MEMBERS, SETTINGS, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser
LONGER_THAN_A_TOAST_STAYS = 16_000


async def test_a_success_is_in_sight_where_the_person_works_until_it_is_closed_or_left_alone(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=8)
    for first in ("Nia", "Tom", "Zoe"):
        await joined(site, first, "base")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await page.clock.install()
        await page.reload()
        toast = page.locator("#replies > .toast")
        await page.get_by_label("More for Zoe Novak").click()
        await page.get_by_role("link", name="Remove …").click()
        await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        await expect(toast).to_be_in_viewport()
        await expect(toast).to_contain_text("Zoe Novak is removed.")
        await expect(page.get_by_role("status").locator(".toast")).to_have_count(1)
        await toast.get_by_role("button", name="Undo").focus()
        await page.clock.fast_forward(LONGER_THAN_A_TOAST_STAYS)
        await expect(toast).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(toast).to_have_count(0)
        await joined(site, "Una", "base")
        await expect(page.locator("#meter-base")).to_contain_text("4 of 8")
        await expect(toast).to_have_count(0)
        await ada.open(BILLING)
        await page.get_by_role("button", name="One more Base seat").click()
        await page.locator("#save").click()
        await expect(toast).to_contain_text("You have 9 Base seats")
        await page.mouse.move(5, 300)
        await page.locator("h1").click()
        await page.clock.fast_forward(LONGER_THAN_A_TOAST_STAYS)
        await expect(toast).to_have_count(0)


async def test_a_role_and_auto_add_are_undone_over_their_toasts(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        role = page.get_by_label("Role of Nia Novak", exact=True)
        await role.select_option("admin")
        await page.get_by_role("button", name="Save Role of Nia Novak").click()
        await page.get_by_role("button", name="Make an admin").click()
        await expect(page.get_by_text("Nia Novak is an admin now.")).to_be_visible()
        await page.get_by_role("button", name="Undo the role of Nia Novak").click()
        await expect(page.get_by_text("Nia Novak is a clinician now, and no admin.")).to_be_visible()
        await expect(role).to_have_value("clinician")
        await ada.open(SETTINGS)
        switch = page.get_by_role("switch", name="Auto-Add Seats")
        await switch.click()
        await page.get_by_role("button", name="Switch Auto-Add ON").click()
        await expect(switch).to_be_checked()
        await page.get_by_role("button", name="Undo the switch of Auto-Add").click()
        await expect(switch).not_to_be_checked()
        await expect(page.get_by_text("Auto-Add is OFF.")).to_be_visible()
        # The way back from OFF costs money later, so that it asks as the switch does.
        await page.get_by_role("button", name="Undo the switch of Auto-Add").click()
        await page.get_by_role("button", name="Switch Auto-Add ON").click()
        await expect(switch).to_be_checked()
