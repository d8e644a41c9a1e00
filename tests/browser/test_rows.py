"""The list with the keyboard, questions that keep their words, and an invitation that buys the seat it needs."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.journey import Journey
from tests.support.views import ADA, BILLING, MEMBERS, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser
FIRST_NAMES = ("Nia", "Tom", "Zoe")
CONTROLS_OF_A_ROW = 9


async def _arrows(page: Page) -> None:
    """Slash leads to the search; Tab reaches one row, the arrows the last row and its menu, Enter the person's page."""
    await expect(page.locator("#list tr[tabindex='0']")).to_have_count(1)
    await page.keyboard.press("/")
    search = page.get_by_label("Search by name or email")
    await expect(search).to_be_focused()
    await page.keyboard.type("/")
    await expect(search).to_have_value("/")
    await search.clear()
    await page.locator("#list tr[tabindex='0']").focus()
    await page.keyboard.press("End")
    last = page.locator("#list tr[data-row]").last
    await expect(last).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowRight")
    items = last.locator(".menu-items a")
    await expect(items.first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(items.nth(1)).to_be_focused()
    await page.keyboard.press("End")
    await expect(items.last).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(last.locator("summary")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await expect(items.first).to_be_focused()
    await page.keyboard.press("Escape")
    await last.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name=f"{FIRST_NAMES[-1]} Novak")).to_be_visible()
    await page.get_by_role("link", name="All members").click()
    await expect(page.locator("#list tr[tabindex='0']")).to_have_count(1)


async def _tabs_through(page: Page) -> int:
    """Count the stops of Tab from the first row to the first control below the list."""
    await page.locator("#list tr[data-row]").first.focus()
    stops = 0
    while await page.evaluate("document.activeElement.closest('#list table') !== null"):
        await page.keyboard.press("Tab")
        stops += 1
    return stops


async def _backdrop(page: Page) -> None:
    """A click beside a question closes it, unless somebody has typed into it; nor does Escape then."""
    dialog = page.get_by_role("dialog")
    invite = page.get_by_role("link", name="Invite …")
    await invite.click()
    await expect(dialog).to_be_visible()
    await page.mouse.click(5, 5)
    await expect(dialog).to_be_hidden()
    await invite.click()
    await dialog.get_by_label("Name", exact=True).fill("Omar Haddad")
    await page.mouse.click(5, 5)
    await expect(dialog.get_by_label("Name", exact=True)).to_have_value("Omar Haddad")
    for _ in range(2):
        await dialog.get_by_label("Name", exact=True).focus()
        await page.keyboard.press("Escape")
        await expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
    await expect(dialog.get_by_label("Name", exact=True)).to_have_value("Omar Haddad")


async def _select_all(page: Page) -> None:
    """All of a page takes up nobody who is invited, and says so; their own box does."""
    await page.get_by_label("Select Nia Novak").check()
    await page.get_by_role("button", name="Select all on this page").click()
    await expect(page.get_by_text("4 selected, but not the Invited")).to_be_visible()
    await expect(page.get_by_label("Select Omar Haddad")).not_to_be_checked()
    await page.get_by_label("Select Omar Haddad").check()
    await expect(page.get_by_text("5 selected")).to_be_visible()


async def test_the_list_needs_few_tabs_and_an_invitation_buys_its_seat_in_the_dialog(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=4, voice=0)
    for first in FIRST_NAMES:
        await joined(site, first, "base")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await _arrows(page)
        assert await _tabs_through(page) <= CONTROLS_OF_A_ROW
        await _backdrop(page)
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Email address").fill("omar@elsewhere.example")
        await dialog.get_by_role("radio", name="Voice").check()
        await dialog.get_by_role("button", name="Invite", exact=True).click()
        buy = dialog.get_by_role("button", name="Add a Voice seat and invite · $")
        await expect(buy).to_be_visible()
        await expect(dialog.get_by_text("Change: +1 Voice seat.")).to_be_visible()
        await expect(dialog.get_by_label("Name", exact=True)).to_have_value("Omar Haddad")
        assert await site.updates() == [], "nothing is bought before the price is accepted"
        await buy.click()
        await expect(page.get_by_text("Omar Haddad is invited")).to_be_visible()
        assert len(await site.updates()) == 1
        await _select_all(page)


async def test_seats_are_added_with_three_clicks(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        clicks = 0
        for control in (
            page.get_by_role("link", name="Seats & Billing"),
            page.get_by_role("button", name="One more Voice seat"),
            page.locator("#save:not([aria-disabled])"),
        ):
            await control.click()
            clicks += 1
        await expect(page.get_by_text("You have 2 Base seats and 1 Voice seat now.")).to_be_visible()
        assert clicks <= 3
        assert page.url.partition("?")[0].endswith(BILLING)


async def test_an_admin_sees_how_many_seats_are_promised_before_one_more_is(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=1, voice=1)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        dialog = page.get_by_role("dialog")
        for first in ("Omar", "Lena", "Mia"):
            await page.get_by_role("link", name="Invite …").click()
            await dialog.get_by_label("Name", exact=True).fill(f"{first} Haddad")
            await dialog.get_by_label("Email address").fill(f"{first.lower()}@elsewhere.example")
            warning = dialog.get_by_text("invited already, and 1 Voice seat is free. Whoever accepts first gets a seat")
            await expect(warning).to_have_count(0 if first == "Omar" else 1)
            await dialog.get_by_role("radio", name="Voice").check()
            await dialog.get_by_role("button", name="Invite", exact=True).click()
            await expect(page.get_by_text(f"{first} Haddad is invited")).to_be_visible()
        await expect(page.locator("#meter-voice")).to_contain_text("1 free · 3 invited")
        await page.get_by_role("link", name="Invite …").click()
        await expect(dialog.get_by_text("1 of 1 free, 3 invited")).to_be_visible()
        await expect(dialog.get_by_text("Voice: 3 people are invited already")).to_be_visible()
        await dialog.get_by_role("link", name="Cancel").click()
        await page.get_by_role("link", name="Seats & Billing").click()
        await expect(page.get_by_text("1 purchased · 0 active · 1 free · 3 invited")).to_be_visible()
