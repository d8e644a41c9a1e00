"""The journeys with the keyboard alone: signing in, getting a seat, and the members."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.journey import Journey
from tests.support.keyboard import choose, expect_focused_notice, expect_notice, pick, press, tab_to, write
from tests.support.site import billing_held, code_for, link_for
from tests.support.views import ADA, MEMBERS, Person, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser
NIA = "nia@harbor.example"


async def sign_up(site: Journey, person: Person, seat: str) -> None:
    """Nia signs up and types the mailed code; what comes of it is the next page."""
    page = await person.open("/")
    await press(page, page.get_by_role("link", name="Sign up"))
    await expect(page.get_by_label("Your name")).to_be_focused()
    await page.keyboard.type("Nia Novak")
    await write(page, page.get_by_label("Work email address"), NIA)
    await pick(page, page.get_by_role("radio", name=seat))
    await press(page, page.get_by_role("button", name="Sign up"))
    await expect(page.get_by_label("Code from the email")).to_be_focused()
    await page.keyboard.type(await code_for(site, NIA))


async def test_signing_up_needs_no_mouse_and_a_wrong_code_leads_back_to_its_field(
    browser: Browser, site: Journey
) -> None:
    await site.open_agency(base=2)
    async with person_at(browser, site, nothing) as nia:
        page = await nia.open("/login")
        await expect(page.get_by_label("Work email address")).to_be_focused()
        await page.keyboard.type(ADA)
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Code from the email")).to_be_focused()
        right = await code_for(site, ADA)
        await page.keyboard.type("1111" if right != "1111" else "2222")
        await expect(page.get_by_role("alert")).to_contain_text("You have 4 tries left")
        await expect(page.get_by_label("Code from the email")).to_be_focused()
        # What has to wait is reached all the same, and says for how long.
        await press(page, page.get_by_role("button", name="Email me a new code"))
        await expect(page.get_by_text("possible in")).to_be_visible()
        await press(page, page.get_by_role("link", name="Use another address"))
        await expect(page.get_by_label("Work email address")).to_be_visible()
        await sign_up(site, nia, "Base")
        await expect(page.get_by_role("heading", name="You're in")).to_be_visible()
        await press(page, page.get_by_role("button", name="Sign out"))
        await expect(page.get_by_text("You are signed out.")).to_be_visible()


async def test_the_skip_link_leads_past_the_head(browser: Browser, site: Journey) -> None:
    await site.open_agency()
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#content")).to_be_focused()


async def test_a_blocked_member_gets_in_after_a_seat_is_added_and_the_row_re_invited_without_a_mouse(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=1, voice=0)
    async with person_at(browser, site, nothing) as ada, person_at(browser, site, nothing) as nia:
        page = await sign_in(ada, ADA, MEMBERS)
        await sign_up(site, nia, "Voice")
        await expect(nia.page.get_by_role("heading", name="no free Voice seat")).to_be_visible()
        # The row is there by itself. Full, it cannot be re-invited yet, and the answer leads to the way out.
        again = page.get_by_role("button", name="Re-invite Nia Novak")
        await press(page, again)
        await expect_notice(page, "Add a Voice seat", still_at=again)
        await press(page, page.get_by_role("link", name="Add a Voice seat"))
        await expect(page.locator("#sentence")).to_contain_text("Change: +1 Voice seat.")
        await press(page, page.locator("#save"))
        await expect_notice(page, "You have 1 Base seat and 1 Voice seat now.", still_at=page.locator("#save"))
        await press(page, page.get_by_role("link", name="Members"))
        await press(page, again)
        await expect_focused_notice(page, "Nia Novak is invited")
        await nia.page.goto(await link_for(site, NIA, "invite"))
        await press(nia.page, nia.page.get_by_role("button", name="Accept the invitation"))
        await expect(nia.page.get_by_role("heading", name="You're in")).to_be_visible()


async def test_a_screen_reader_announces_the_seat_that_a_member_waits_for(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=1, auto_add=True)
    async with person_at(browser, site, nothing) as nia:
        with billing_held(site):
            await sign_up(site, nia, "Voice")
            await expect(nia.page.get_by_role("heading", name="Your agency is adding a seat for you")).to_be_visible()
        await expect(nia.page.get_by_role("heading", name="You're in")).to_be_focused()


async def test_the_dialog_of_an_invitation_gives_the_focus_back(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        invite = page.get_by_role("link", name="Invite …")
        await press(page, invite)
        await expect(page.get_by_label("Name", exact=True)).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(invite).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Name", exact=True)).to_be_focused()
        await page.keyboard.type("Omar Haddad")
        await write(page, page.get_by_label("Email address"), "omar@elsewhere.example")
        await pick(page, page.get_by_role("radio", name="Base"))
        await press(page, page.get_by_role("button", name="Invite", exact=True))
        await expect_notice(page, "Omar Haddad is invited: an email", still_at=invite)


async def test_a_member_is_switched_promoted_and_removed_and_the_focus_stays_where_the_work_is(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=2, voice=1)
    await joined(site, "Nia", "base")
    await joined(site, "Tom", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
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
        await expect(seat).to_be_focused()
        # The only admin's role is reached, and does not move; its reason belongs to it.
        own = page.get_by_label("Role of Ada Park", exact=True)
        await choose(page, own, "c")
        await expect(own).to_have_value("admin")
        await expect(own).to_have_accessible_description("The only admin. Make somebody else an admin first.")
        # A role, with its question.
        role = page.get_by_label("Role of Nia Novak", exact=True)
        await choose(page, role, "a")
        await press(page, page.get_by_role("button", name="Save Role of Nia Novak"))
        await expect(page.get_by_role("heading", name="Make Nia Novak an admin?")).to_be_visible()
        await expect(page.get_by_role("link", name="Cancel")).to_be_focused()
        await press(page, page.get_by_role("button", name="Make an admin"))
        await expect(role).to_have_value("admin")
        await expect(role).to_be_focused()
        # The menu of a row, and removing.
        menu = page.get_by_label("More for Tom Novak")
        await press(page, menu)
        await page.keyboard.press("Escape")
        await expect(menu).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_role("link", name="Remove …")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Remove Tom Novak?")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(menu).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_role("link", name="Remove …")).to_be_focused()
        await page.keyboard.press("Enter")
        await press(page, page.get_by_role("button", name="Remove Tom Novak"))
        await expect_focused_notice(page, "Tom Novak is removed.")


async def test_many_members_are_chosen_and_re_invited_without_a_mouse(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, voice=1)
    for first in ("Ann", "Ben", "Cleo"):
        await joined(site, first, "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await press(page, page.get_by_label("Select Ben Novak"), "Space")
        await press(page, page.get_by_label("Select Cleo Novak"), "Space")
        await expect(page.get_by_text("2 selected")).to_be_visible()
        await press(page, page.get_by_role("button", name="Re-invite …"))
        await press(page, page.get_by_role("button", name="Re-invite 2 people"))
        await expect_focused_notice(page, "Nobody was re-invited")
        # One of them is given a free Base seat instead, over the menu of the row.
        await press(page, page.get_by_label("More for Ben Novak"))
        await press(page, page.get_by_role("link", name="Re-invite …"))
        await expect(page.get_by_role("heading", name="Re-invite Ben Novak")).to_be_focused()
        await pick(page, page.get_by_role("radio", name="Base"))
        await press(page, page.get_by_role("dialog").get_by_role("button", name="Re-invite"))
        await expect_notice(page, "Ben Novak is invited", still_at=page.get_by_label("More for Ben Novak"))
        await tab_to(page, page.get_by_label("Search by name or email"))
        await page.keyboard.type("cleo")
        await expect(page.get_by_role("row", name="Ben Novak")).to_have_count(0)
        await expect(page.get_by_label("Search by name or email")).to_be_focused()
