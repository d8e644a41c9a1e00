"""What an admin does with members, as it is done: in a real browser, with all five services behind it."""

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.test_clicks import Mouse
from tests.support.journey import Journey
from tests.support.site import link_for
from tests.support.views import ADA, MEMBERS, Person, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser


async def on_members(person: Person) -> Page:
    return await sign_in(person, ADA, MEMBERS)


async def accept(site: Journey, phone: BrowserContext, address: str) -> Page:
    """Follow the mail's link, and press its one button."""
    page = await phone.new_page()
    await page.goto(await link_for(site, address, "invite"))
    await page.get_by_role("button", name="Accept the invitation").click()
    return page


async def test_an_invitation_is_rejected_in_its_dialog_without_a_free_seat_and_works_with_one(
    browser: Browser, site: Journey, phone: BrowserContext
) -> None:
    await signed_agency(site, voice=1)
    await joined(site, "Nia", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        await page.get_by_role("link", name="Invite …").click()
        dialog = page.get_by_role("dialog", name="Invite somebody")
        await expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
        await dialog.get_by_label("Name", exact=True).fill("Omar Haddad")
        await dialog.get_by_label("Email address").fill("omar@elsewhere.example")
        await dialog.get_by_role("radio", name="Voice").check()
        await dialog.get_by_role("button", name="Invite").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("The only Voice seat is taken.")
        await expect(dialog.get_by_role("button", name="Add a Voice seat and invite · $")).to_be_visible()
        await expect(dialog.get_by_label("Name", exact=True)).to_have_value("Omar Haddad")
        await dialog.get_by_role("radio", name="Base").check()
        await dialog.get_by_role("button", name="Invite", exact=True).click()
        await expect(dialog).to_be_hidden()
        await expect(page.get_by_text("Omar Haddad is invited: an email")).to_be_visible()
        await expect(page.get_by_role("link", name="Invite …")).to_be_focused()
        row = page.get_by_role("row", name="Omar Haddad")
        await expect(row).to_contain_text("Invited")
        guest = await accept(site, phone, "omar@elsewhere.example")
        await expect(guest.get_by_role("heading", name="You're in")).to_be_visible()
        await expect(row).to_contain_text("Active")


async def test_a_blocked_row_appears_live_and_re_invite_lets_in_once_a_seat_is_free(
    browser: Browser, site: Journey, phone: BrowserContext
) -> None:
    await signed_agency(site, voice=1)
    await joined(site, "Zoe", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        await joined(site, "Nia", "voice")
        row = page.get_by_role("row", name="Nia Novak")
        await expect(row).to_contain_text("No seat of that type was free, and Auto-Add was OFF.")
        await row.get_by_role("button", name="Re-invite Nia Novak").click()
        await expect(row.get_by_role("alert")).to_contain_text("The only Voice seat is taken. Add a Voice seat")
        await page.get_by_label("More for Zoe Novak").click()
        await page.get_by_role("link", name="Remove …").click()
        dialog = page.get_by_role("dialog", name="Remove Zoe Novak?")
        await expect(dialog).to_contain_text("you go on paying for 1 Voice seat")
        await expect(dialog.get_by_role("link", name="Cancel")).to_be_focused()
        await dialog.get_by_role("button", name="Remove Zoe Novak").click()
        await expect(page.get_by_text("Zoe Novak is removed.")).to_be_visible()
        await row.get_by_role("button", name="Re-invite Nia Novak").click()
        await expect(row).to_contain_text("Invited")
        guest = await accept(site, phone, "nia@harbor.example")
        await expect(guest.get_by_role("heading", name="You're in")).to_be_visible()
        await expect(row).to_contain_text("Active")


async def test_the_seat_dropdown_switches_and_reverts_with_a_reason_when_the_other_type_is_full(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=3, voice=1)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        seat = page.get_by_label("Seat of Nia Novak", exact=True)
        await expect(page.get_by_role("button", name="Save Seat of Nia Novak")).to_be_hidden()
        await seat.select_option("voice")
        await page.get_by_role("button", name="Save Seat of Nia Novak").click()
        await expect(page.get_by_text("Nia Novak has a Voice seat now. What you pay stays the same.")).to_be_visible()
        own = page.get_by_label("Seat of Ada Park", exact=True)
        await own.select_option("voice")
        await page.get_by_role("button", name="Save Seat of Ada Park").click()
        row = page.get_by_role("row", name="Ada Park")
        await expect(row.get_by_role("alert")).to_contain_text("The only Voice seat is taken.")
        await expect(row.get_by_role("link", name="Add a Voice seat")).to_be_visible()
        await expect(own).to_have_value("base")
        assert await site.updates() == [], "Stripe got no request"


async def test_the_only_admins_role_is_disabled_with_its_reason_until_there_is_another(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, voice=1)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        own = page.get_by_label("Role of Ada Park", exact=True)
        await expect(own).to_have_attribute("aria-disabled", "true")
        await expect(page.get_by_text("The only admin. Make somebody else an admin first.")).to_be_visible()
        await own.focus()
        await expect(own).to_be_focused()
        await page.get_by_label("Role of Nia Novak", exact=True).select_option("admin")
        await page.get_by_role("button", name="Save Role of Nia Novak").click()
        await expect(page.get_by_role("heading", name="Make Nia Novak an admin?")).to_be_visible()
        await page.get_by_role("button", name="Make an admin").click()
        await expect(page.get_by_text("Nia Novak is an admin now.")).to_be_visible()
        await expect(own).not_to_have_attribute("aria-disabled", "true")


async def test_many_members_are_re_invited_at_once_with_a_result_for_each(browser: Browser, site: Journey) -> None:
    await signed_agency(site, voice=1)
    for first in ("Ann", "Ben", "Cleo"):
        await joined(site, first, "voice")
    api = site.browser()
    await api.log_in(ADA)
    [ann] = [row for row in (await api.get("/members"))["items"] if row["name"] == "Ann Novak"]
    await api.ask("DELETE", f"/members/{ann['id']}")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        await expect(page.get_by_role("button", name="Re-invite …")).to_be_hidden()
        await page.get_by_label("Select Ben Novak").check()
        await expect(page.get_by_text("1 selected")).to_be_visible()
        await page.get_by_role("button", name="Select all on this page").click()
        await page.get_by_role("button", name="Re-invite …").click()
        dialog = page.get_by_role("dialog", name="Re-invite 2 people?")
        await expect(dialog).to_contain_text("Only Blocked and Invited people can be re-invited. Left out: Ada Park.")
        await dialog.get_by_role("button", name="Re-invite 2 people").click()
        await expect(page.get_by_text("1 of 2 re-invited")).to_be_visible()
        await expect(page.get_by_text("A fresh email is on its way to Ben Novak.")).to_be_visible()
        await expect(page.get_by_role("listitem")).to_contain_text("Cleo Novak: The only Voice seat is spoken for")


async def test_ten_members_are_removed_in_four_clicks(browser: Browser, site: Journey) -> None:
    await signed_agency(site, voice=10)
    for number in range(10):
        await joined(site, f"Nia{number}", "voice")
    async with person_at(browser, site, nothing) as ada:
        page, mouse = await on_members(ada), Mouse()
        await mouse.click(page.get_by_label("Select Nia0 Novak"))
        await mouse.click(page.get_by_label("Select Nia9 Novak"), shift=True)
        await mouse.click(page.get_by_role("button", name="Remove …"))
        await mouse.click(page.get_by_role("button", name="Remove 10 people"))
        await expect(page.get_by_text("10 of 10 removed")).to_be_visible()
        assert mouse.clicks <= 4
        await expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
        await expect(page.get_by_text("1\u20131 of 1")).to_be_visible()


async def test_ten_people_are_invited_in_three_clicks_and_a_removal_is_undone_where_it_was_made(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=12)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page, mouse = await on_members(ada), Mouse()
        await mouse.click(page.get_by_role("link", name="Invite many …"))
        await expect(page.get_by_label("People")).to_be_focused()
        await page.keyboard.insert_text("\n".join(f"m{number}@elsewhere.example, Base" for number in range(10)))
        await mouse.click(page.get_by_role("button", name="Check the list"))
        await mouse.click(page.get_by_role("button", name="Invite 10 people"))
        await expect(page.get_by_role("heading", name="10 of 10 invited")).to_be_visible()
        assert mouse.clicks <= 3
        await page.get_by_role("link", name="Members", exact=True).click()
        await page.get_by_label("More for Nia Novak").click()
        await page.get_by_role("link", name="Remove …").click()
        await page.get_by_role("button", name="Remove Nia Novak").click()
        await page.get_by_role("button", name="Undo Nia Novak").click()
        await expect(page.get_by_text("1 of 1 let back in")).to_be_visible()
        await expect(page.get_by_role("row", name="Nia Novak")).to_contain_text("Active")
        # An invitation is canceled over the menu of its row, after one question.
        await page.get_by_label("More for M0").click()
        await page.get_by_role("button", name="Cancel invitation …").click()
        await page.get_by_role("button", name="Cancel the invitations").click()
        await expect(page.get_by_text("1 of 1 canceled")).to_be_visible()


async def test_until_the_baa_is_signed_all_changes_are_locked_and_lead_to_it(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        invite = page.get_by_role("link", name="Invite …")
        await expect(invite).to_have_attribute("aria-disabled", "true")
        await invite.click(force=True)
        await expect(page).to_have_url(f"{site.public}{MEMBERS}")
        for name in ("Role of Nia Novak", "Seat of Nia Novak"):
            await expect(page.get_by_label(name, exact=True)).to_have_attribute("aria-disabled", "true")
        await page.get_by_role("link", name="Read and sign it").click()
        switch = page.get_by_role("switch", name="Auto-Add Seats")
        await expect(switch).to_have_attribute("aria-disabled", "true")
        await switch.click(force=True)
        await expect(switch).not_to_be_checked()
        await page.get_by_label("Your full name").fill("Ada Park")
        await page.get_by_label("Your title").fill("Director")
        await page.get_by_role("button", name="Sign the BAA").click()
        await expect(page.get_by_text("The BAA is signed. Auto-Add can be switched ON now.")).to_be_visible()
        await switch.click()
        await page.get_by_role("button", name="Switch Auto-Add ON").click()
        await expect(switch).to_be_checked()
        await expect(page.get_by_text("The BAA is not signed yet")).to_be_hidden()
