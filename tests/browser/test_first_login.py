"""The first login as a clinician meets it: on a phone, in a real browser, with all five services behind it."""

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Page, expect

from tests.support.journey import Journey
from tests.support.site import billing_held, code_for, link_for

pytestmark = pytest.mark.browser
NIA = "nia@harbor.example"


async def sign_up(site: Journey, phone: BrowserContext, seat: str = "Base", email: str = NIA) -> Page:
    """Somebody signs up by the label of each field, and is prompted for the code."""
    page = await phone.new_page()
    await page.goto(f"{site.public}/")
    await page.get_by_role("link", name="Sign up").click()
    await page.get_by_label("Your name").fill("Nia Novak")
    await page.get_by_label("Work email address").fill(email)
    await page.get_by_role("radio", name=seat).check()
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    return page


async def type_code(page: Page, code: str) -> None:
    """Digit by digit, as fingers do; the fourth one sends it."""
    await page.get_by_label("Code from the email").press_sequentially(code)


async def test_signing_up_and_typing_the_mailed_code_ends_in_a_seat(site: Journey, phone: BrowserContext) -> None:
    await site.open_agency(base=2)
    page = await sign_up(site, phone)
    complaints: list[str] = []

    def complained(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", complained)
    await type_code(page, await code_for(site, NIA))
    await expect(page.get_by_role("heading", name="You're in")).to_be_visible()
    await expect(page.get_by_text("Harbor Clinic")).to_be_visible()
    await expect(page.get_by_text("Base", exact=True)).to_be_visible()
    assert complaints == [], "nothing that the strict policy had to stop"


async def test_after_a_wrong_code_the_right_one_can_be_pasted_with_words_around_it(
    site: Journey, phone: BrowserContext
) -> None:
    await site.open_agency(base=2)
    page = await sign_up(site, phone)
    code = await code_for(site, NIA)
    await type_code(page, "1111" if code != "1111" else "2222")
    await expect(page.get_by_role("alert")).to_contain_text("You have 4 tries left with it.")
    resend = page.get_by_role("button", name="Email me a new code")
    await expect(resend).to_have_attribute("aria-disabled", "true")
    await expect(page.get_by_text("possible in")).to_be_visible()
    field = page.get_by_label("Code from the email")
    await expect(field).to_be_focused()
    await field.evaluate("(field) => field.select()")
    await page.keyboard.insert_text(f"Your code: {code[:2]} {code[2:]}")
    await expect(page.get_by_role("heading", name="You're in")).to_be_visible()


async def test_the_mails_link_signs_in_with_one_button(site: Journey, phone: BrowserContext) -> None:
    await site.open_agency(base=2)
    await sign_up(site, phone)
    page = await phone.new_page()
    await page.goto(await link_for(site, NIA))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="You're in")).to_be_visible()


async def test_a_first_login_without_a_seat_and_without_auto_add_ends_on_the_page_of_the_blocked(
    site: Journey, phone: BrowserContext
) -> None:
    await site.open_agency(base=1)
    page = await sign_up(site, phone, "Voice")
    await type_code(page, await code_for(site, NIA))
    await expect(page.get_by_role("heading", name="Your agency has no free Voice seat")).to_be_visible()
    await expect(page.get_by_text("Its admins have been told.")).to_be_visible()
    await expect(page.get_by_text("This is not your fault")).to_be_visible()


async def test_a_first_login_without_a_seat_waits_while_auto_add_buys_one_and_then_sees_the_welcome_page(
    site: Journey, phone: BrowserContext
) -> None:
    await site.open_agency(base=1)
    ada = site.browser()
    await ada.log_in("ada@harbor.example")
    assert (await ada.sign_baa()).status_code == 201
    assert (await ada.auto_add(True)).status_code == 200
    page = await sign_up(site, phone, "Voice")
    with billing_held(site):
        await type_code(page, await code_for(site, NIA))
        await expect(page.get_by_role("heading", name="Your agency is adding a seat for you")).to_be_visible()
        await expect(page.get_by_role("status")).to_contain_text("Adding a Voice seat")
    await expect(page.get_by_role("heading", name="You're in")).to_be_visible()
    await expect(page.get_by_role("heading", name="You're in")).to_be_focused()
    assert await page.title() == "You're in · Headcount"
    assert len(await site.updates()) == 1
