"""The journeys with the keyboard alone: seats, the cycle, the card, Auto-Add, the log, and the keys of programs."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.support.journey import Journey
from tests.support.keyboard import choose, expect_focused_notice, expect_notice, press, tab_to, write
from tests.support.views import (
    ACTIVITY,
    ADA,
    BILLING,
    MEMBERS,
    SETTINGS,
    card,
    joined,
    nothing,
    person_at,
    sign_in,
    signed_agency,
)

pytestmark = pytest.mark.browser


async def test_seats_are_changed_with_the_arrows_and_too_few_seats_are_explained_without_a_mouse(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=2, voice=1)
    await joined(site, "Tom", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, BILLING)
        voice = page.get_by_label("Voice seats", exact=True)
        await press(page, voice, "ArrowDown")
        await expect(page.get_by_text("You have 1 Active Voice member. Remove members first")).to_be_visible()
        save = page.get_by_role("button", name="Save changes")
        await press(page, save)
        await expect(save).to_be_focused()
        await expect(save).to_have_accessible_description(re.compile("Remove members first"))
        assert await site.updates() == []
        await page.keyboard.press("Shift+Tab")
        await press(page, page.get_by_role("button", name="One more Voice seat"))
        await page.keyboard.press("Enter")
        await page.keyboard.press("Enter")
        await expect(page.locator("#sentence")).to_contain_text("Change: +2 Voice seats.")
        await expect(page.get_by_role("button", name="One more Voice seat")).to_be_focused()
        await press(page, page.get_by_text("Line by line"))
        await expect(page.get_by_role("row", name="Remaining time").first).to_be_visible()
        await press(page, page.locator("#save"))
        await expect_notice(page, "You have 2 Base seats and 3 Voice seats now.", still_at=page.locator("#save"))


async def test_the_dialogs_of_many_seats_and_of_both_cycles_give_the_focus_back(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, BILLING)
        await tab_to(page, page.get_by_label("Base seats", exact=True))
        await page.keyboard.type("14")
        await press(page, page.locator("#save").and_(page.get_by_text("today")))
        await expect(page.get_by_role("heading", name="Add 12 seats at once?")).to_be_visible()
        await expect(page.get_by_role("link", name="Cancel")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#save")).to_be_focused()
        assert await site.updates() == []
        await page.keyboard.press("Enter")
        await press(page, page.get_by_role("button", name="Add 12 seats · $"))
        await expect_notice(page, "You have 14 Base seats and 0 Voice seats now.", still_at=page.locator("#save"))
        for cycle, paid in (("Annual", "once a year"), ("Monthly", "each month")):
            switch = page.get_by_role("button", name=f"Switch to {cycle} …")
            await press(page, switch)
            await expect(page.get_by_role("heading", name=f"Switch to {cycle}?")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(switch).to_be_focused()
            await page.keyboard.press("Enter")
            await press(page, page.get_by_role("dialog").get_by_role("button", name=f"Switch to {cycle} · $"))
            await expect_notice(page, f"You pay {paid} now.", still_at=page.locator("#switch-cycle"))


async def test_base_becomes_voice_in_the_order_that_works_without_a_mouse(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, voice=1)
    await joined(site, "Nia", "base")
    await joined(site, "Tom", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, BILLING)
        await press(page, page.get_by_label("Base seats", exact=True), "ArrowDown")
        await press(page, page.get_by_label("Voice seats", exact=True), "ArrowUp")
        await press(page, page.get_by_role("button", name="Save only the increase · $"))
        await expect_focused_notice(page, "You have 2 Base seats and 2 Voice seats now.")
        await press(page, page.get_by_role("link", name="Members"))
        seat = page.get_by_label("Seat of Nia Novak", exact=True)
        await choose(page, seat, "v")
        await press(page, page.get_by_role("button", name="Save Seat of Nia Novak"))
        await expect(page.get_by_text("Nia Novak has a Voice seat now.")).to_be_visible()
        await expect(seat).to_be_focused()
        await press(page, page.get_by_role("link", name="Seats & Billing"))
        await press(page, page.get_by_label("Base seats", exact=True), "ArrowDown")
        await press(page, page.locator("#save").and_(page.get_by_text("credited")))
        await expect_notice(page, "You have 1 Base seat and 2 Voice seats now.", still_at=page.locator("#save"))


async def test_a_declined_card_is_fixed_and_tried_again_without_a_mouse(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, auto_add=True)
    await card(site, "declining")
    await joined(site, "Nia", "voice")
    async with person_at(browser, site, nothing) as ada, person_at(browser, site, nothing) as nia:
        page = await sign_in(ada, ADA, BILLING)
        hers = await sign_in(nia, "nia@harbor.example")
        await expect(hers.get_by_role("heading", name="seat could not be paid for")).to_be_visible()
        fix = page.get_by_role("button", name="Fix the card")
        async with page.context.expect_page() as opened:
            await press(page, fix)
        tab = await opened.value
        await tab.wait_for_url(f"{site.stripe.url}/**")
        await tab.close()
        await expect(fix).to_be_focused()
        await card(site, "good")
        await press(page, page.get_by_role("button", name="Try again"))
        await expect_focused_notice(page, "Trying again")
        # The next purchase keeps its distance from the one that was declined.
        await site.advance(3)
        await expect(hers.get_by_role("heading", name="You're in")).to_be_focused()


async def test_the_baa_is_signed_and_auto_add_switched_without_a_mouse(browser: Browser, site: Journey) -> None:
    await site.open_agency()
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await press(page, page.get_by_role("link", name="Invite …"))
        await expect(page).to_have_url(f"{site.public}{MEMBERS}")
        await press(page, page.get_by_role("link", name="Read and sign it"))
        switch = page.get_by_role("switch", name="Auto-Add Seats")
        await press(page, switch, "Space")
        await expect(switch).not_to_be_checked()
        await expect(page.get_by_text("Locked until the BAA is signed.")).to_be_visible()
        await write(page, page.get_by_label("Your full name"), "Ada Park")
        await write(page, page.get_by_label("Your title"), "Director")
        await page.keyboard.press("Enter")
        await expect_focused_notice(page, "The BAA is signed.")
        await press(page, switch, "Space")
        await press(page, page.get_by_role("button", name="Switch Auto-Add ON"))
        await expect(switch).to_be_checked()
        await expect(switch).to_be_focused()


async def test_an_auto_added_seat_is_found_in_the_log_and_taken_back_without_a_mouse(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=1, auto_add=True)
    await joined(site, "Nia", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, ACTIVITY)
        await press(page, page.get_by_role("link", name="Money", exact=True))
        await choose(page, page.get_by_label("Who did it"), "au")
        await press(page, page.get_by_role("button", name="Show"))
        line = page.get_by_role("listitem").filter(has_text="Auto-Add bought 1 Voice seat for nia@")
        await expect(page.get_by_role("listitem")).to_have_count(1)
        await press(page, line.get_by_text("Undo"))
        await press(page, line.get_by_role("link", name="Nia Novak"))
        await press(page, page.get_by_label("More for Nia Novak"))
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_role("link", name="Remove …")).to_be_focused()
        await page.keyboard.press("Enter")
        await press(page, page.get_by_role("button", name="Remove Nia Novak"))
        await expect_focused_notice(page, "Nia Novak is removed.")
        await press(page, page.get_by_role("link", name="Activity"))
        await press(page, line.get_by_text("Undo"))
        await press(page, line.get_by_role("link", name="Reduce the seats"))
        await expect(page.get_by_label("Voice seats", exact=True)).to_have_value("0")
        await press(page, page.locator("#save").and_(page.get_by_text("credited")))
        await expect_notice(page, "You have 1 Base seat and 0 Voice seats now.", still_at=page.locator("#save"))


async def test_a_key_is_made_copied_and_revoked_without_a_mouse(browser: Browser, site: Journey) -> None:
    await signed_agency(site)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, SETTINGS)
        await write(page, page.get_by_label("What is it for?"), "Payroll")
        await page.keyboard.press("Enter")
        await expect_notice(page, "Payroll: copy the key now", still_at=page.get_by_label("What is it for?"))
        await tab_to(page, page.get_by_label("The key"))
        revoke = page.get_by_role("link", name="Revoke Payroll")
        await press(page, revoke)
        await expect(page.get_by_role("link", name="Cancel")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(revoke).to_be_focused()
        await page.keyboard.press("Enter")
        await press(page, page.get_by_role("button", name="Revoke the key"))
        await expect_focused_notice(page, "The key is revoked")
