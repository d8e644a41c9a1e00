"""Steps that need a fresh code: the page asks for it, and goes on where the person was, with all that was typed."""

from playwright.async_api import Browser, Page, expect

from tests.support.journey import Journey
from tests.support.site import code_for
from tests.support.views import ADA, BILLING, MEMBERS, nothing, person_at, sign_in, signed_agency

LONG = 16 * 60.0


def mails(site: Journey) -> int:
    return len(site.letterbox.to(ADA))


async def enter_the_code(page: Page, site: Journey, known: int) -> None:
    """Enter the code of the mail that comes after so many known ones."""
    await page.get_by_role("heading", name="Enter the code that we emailed you").wait_for()
    await expect(page.get_by_label("Code from the email")).to_be_focused()
    await site.letterbox.next_to(ADA, known)
    await page.get_by_label("Code from the email").fill(await code_for(site, ADA))
    await page.keyboard.press("Enter")


async def test_many_seats_are_saved_at_the_price_that_was_shown_after_a_code(browser: Browser, site: Journey) -> None:
    await signed_agency(site)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, BILLING)
        await site.advance(LONG)
        await page.get_by_label("Voice seats", exact=True).fill("14")
        await page.locator("#sentence").wait_for()
        await page.locator("#save").click()
        known = mails(site)
        await page.get_by_role("button", name="Add 14 seats").click()
        await enter_the_code(page, site, known)
        await page.get_by_text("You have 2 Base seats and 14 Voice seats now.").wait_for()
        await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_an_admin_is_invited_after_a_code_with_all_that_was_typed(browser: Browser, site: Journey) -> None:
    await signed_agency(site)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await site.advance(LONG)
        await page.get_by_role("link", name="Invite …").click()
        await page.get_by_label("Name", exact=True).fill("Lena “Leni” Fischer")
        await page.get_by_label("Email address").fill("lena@elsewhere.example")
        await page.get_by_role("radio", name="Base").check()
        await page.get_by_role("dialog").get_by_label("Role", exact=True).select_option("admin")
        known = mails(site)
        await page.get_by_role("button", name="Invite", exact=True).click()
        await enter_the_code(page, site, known)
        await page.get_by_text("Lena “Leni” Fischer is invited").wait_for()
        assert [str(mail["Subject"]) for mail in site.letterbox.to("lena@elsewhere.example")]


async def test_a_role_is_changed_after_a_code_and_a_cancel_changes_nothing(browser: Browser, site: Journey) -> None:
    await signed_agency(site)
    nia = site.browser()
    await nia.sign_up("nia@harbor.example")
    await nia.log_in("nia@harbor.example")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await site.advance(LONG)

        async def ask() -> None:
            await page.get_by_label("Role of Nia Novak", exact=True).select_option("admin")
            await page.get_by_role("button", name="Save Role of Nia Novak").click()
            await page.get_by_role("button", name="Make an admin").click()
            await page.get_by_role("heading", name="Enter the code that we emailed you").wait_for()

        known = mails(site)
        await ask()
        await site.letterbox.next_to(ADA, known)
        await page.get_by_role("link", name="Cancel").click()
        await expect(page.get_by_role("dialog")).to_be_hidden()
        assert (await nia.me())["role"] == "clinician"
        known = mails(site)
        await ask()
        await enter_the_code(page, site, known)
        await page.get_by_text("Nia Novak is an admin now.").wait_for()
