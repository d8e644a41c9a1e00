"""The journeys with the keyboard alone: all is reached by Tab, seen to have the focus, and left where it should be."""

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.support.journey import Journey
from tests.support.site import code_for, link_for
from tests.support.views import ADA, BILLING, MEMBERS, SETTINGS, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser
_FURTHEST = 90
_SEEN = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return true;
  const style = getComputedStyle(one);
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return drawn || one.closest(".boxes, .pick") !== null;
}"""


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus; whatever has it on the way must show it."""
    await expect(wanted).to_be_visible()
    for _ in range(_FURTHEST):
        if await wanted.evaluate("(one) => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
        assert await page.evaluate(_SEEN), await page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
    raise AssertionError(f"Tab does not reach {wanted}")


async def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    await tab_to(page, wanted)
    await page.keyboard.press(key)


async def write(page: Page, field: Locator, text: str) -> None:
    await tab_to(page, field)
    await page.keyboard.type(text)


async def choose(page: Page, field: Locator, first_letter: str) -> None:
    """Pick a value of a dropdown by its first letter; nothing is sent by that."""
    await tab_to(page, field)
    await page.keyboard.press(first_letter)


async def test_signing_up_needs_no_mouse(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with person_at(browser, site, nothing) as nia:
        page = await nia.open("/")
        await press(page, page.get_by_role("link", name="Sign up"))
        await expect(page.get_by_label("Your name")).to_be_focused()
        await page.keyboard.type("Nia Novak")
        await write(page, page.get_by_label("Work e-mail address"), "nia@harbor.example")
        await press(page, page.get_by_role("radio", name="Base"), "Space")
        await press(page, page.get_by_role("button", name="Sign up"))
        await expect(page.get_by_label("Code from the mail")).to_be_focused()
        await page.keyboard.type(await code_for(site, "nia@harbor.example"))
        await expect(page.get_by_role("heading", name="You're in")).to_be_visible()


async def test_the_skip_link_leads_past_the_head(browser: Browser, site: Journey) -> None:
    await site.open_agency()
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#content")).to_be_focused()


async def test_members_are_managed_without_a_mouse_and_the_focus_stays_where_the_work_is(  # noqa: PLR0915  one sitting
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=3, voice=1)
    await joined(site, "Nia", "base")
    await joined(site, "Tom", "voice")
    await joined(site, "Zoe", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        # Invite: the dialog takes the focus, and gives it back.
        await press(page, page.get_by_role("link", name="Invite …"))
        await expect(page.get_by_label("Name", exact=True)).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("link", name="Invite …")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_label("Name", exact=True).wait_for()
        await page.keyboard.type("Omar Haddad")
        await write(page, page.get_by_label("E-mail address"), "omar@elsewhere.example")
        await press(page, page.get_by_role("radio", name="Base"), "Space")
        await press(page, page.get_by_role("button", name="Invite", exact=True))
        await expect(page.get_by_text("Omar Haddad is invited: a mail")).to_be_visible()
        await expect(page.get_by_role("link", name="Invite …")).to_be_focused()
        # A refused switch: nothing is sent while the value is picked, and the focus stays in the row.
        seat = page.get_by_label("Seat of Nia Novak", exact=True)
        await choose(page, seat, "v")
        await expect(seat).to_have_value("voice")
        await page.keyboard.press("Escape")
        await expect(seat).to_have_value("base")
        await page.keyboard.press("v")
        await press(page, page.get_by_role("button", name="Save Seat of Nia Novak"))
        await expect(page.get_by_role("row", name="Nia Novak").get_by_role("alert")).to_be_visible()
        await expect(seat).to_have_value("base")
        assert await page.evaluate("document.activeElement !== document.body")
        # A role, with its question.
        await choose(page, page.get_by_label("Role of Nia Novak", exact=True), "a")
        await press(page, page.get_by_role("button", name="Save Role of Nia Novak"))
        await expect(page.get_by_role("heading", name="Make Nia Novak an admin?")).to_be_visible()
        await expect(page.get_by_role("link", name="Cancel")).to_be_focused()
        await press(page, page.get_by_role("button", name="Make an admin"))
        await expect(page.get_by_label("Role of Nia Novak", exact=True)).to_have_value("admin")
        await expect(page.get_by_label("Role of Nia Novak", exact=True)).to_be_focused()
        # The menu of a row, and removing.
        await press(page, page.get_by_label("More for Tom Novak"))
        await page.keyboard.press("Escape")
        await expect(page.get_by_label("More for Tom Novak")).to_be_focused()
        await page.keyboard.press("Enter")
        await press(page, page.get_by_role("link", name="Remove …"))
        await press(page, page.get_by_role("button", name="Remove Tom Novak"))
        await expect(page.get_by_text("Tom Novak is removed.")).to_be_visible()
        assert await page.evaluate("document.activeElement !== document.body")
        # Re-invited by choosing, and in by the mail's link.
        await press(page, page.get_by_label("Choose Zoe Novak"), "Space")
        await press(page, page.get_by_role("button", name="Re-invite the chosen"))
        await expect(page.get_by_text("1 of 1 re-invited")).to_be_visible()
        assert await page.evaluate("document.activeElement !== document.body")
    async with person_at(browser, site, nothing) as zoe:
        await zoe.page.goto(await link_for(site, "zoe@harbor.example", "invite"))
        await press(zoe.page, zoe.page.get_by_role("button", name="Accept the invitation"))
        await expect(zoe.page.get_by_role("heading", name="You're in")).to_be_visible()


async def test_seats_and_the_cycle_are_changed_without_a_mouse(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, voice=1)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, BILLING)
        await tab_to(page, page.get_by_label("Voice seats", exact=True))
        await page.keyboard.press("ArrowUp")
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("#sentence")).to_contain_text("Change: +2 Voice seats.")
        await expect(page.get_by_label("Voice seats", exact=True)).to_be_focused()
        await press(page, page.locator("#save"))
        await expect(page.get_by_text("You have 2 Base seats and 3 Voice seats now.")).to_be_visible()
        assert await page.evaluate("document.activeElement !== document.body")
        await press(page, page.get_by_role("button", name="Switch to Annual …"))
        await expect(page.get_by_role("heading", name="Switch to Annual?")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Switch to Annual …")).to_be_focused()
        await page.keyboard.press("Enter")
        await press(page, page.get_by_role("dialog").get_by_role("button", name="Switch to Annual · $"))
        await expect(page.get_by_text("You pay once a year now.")).to_be_visible()
        assert await page.evaluate("document.activeElement !== document.body")


async def test_the_baa_is_signed_and_auto_add_switched_without_a_mouse(browser: Browser, site: Journey) -> None:
    await site.open_agency()
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, SETTINGS)
        switch = page.get_by_role("switch", name="Auto-Add Seats")
        await press(page, switch, "Space")
        await expect(switch).not_to_be_checked()
        await expect(page.get_by_text("Locked until your agency's BAA is signed.")).to_be_visible()
        await write(page, page.get_by_label("Your full name"), "Ada Park")
        await write(page, page.get_by_label("Your title"), "Director")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("The BAA is signed.")).to_be_visible()
        assert await page.evaluate("document.activeElement !== document.body")
        await press(page, switch, "Space")
        await expect(switch).to_be_checked()
        await expect(switch).to_be_focused()
