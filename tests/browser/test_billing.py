"""Seats & Billing as an admin uses it: no amount is charged that was not shown first."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.journey import Journey
from tests.support.views import ADA, BILLING, MEMBERS, Person, card, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser


async def on_billing(person: Person) -> Page:
    return await sign_in(person, ADA, BILLING)


async def test_the_preview_moves_with_the_steppers_and_the_saved_price_is_the_one_shown(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=3, voice=1)
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        save = page.get_by_role("button", name="Save changes")
        await expect(save).to_have_attribute("aria-disabled", "true")
        await page.get_by_role("button", name="One more Voice seat").click()
        await page.get_by_role("button", name="One more Voice seat").click()
        await page.get_by_label("Base seats", exact=True).press("ArrowDown")
        sentence = page.locator("#sentence")
        await expect(sentence).to_contain_text("Change: +2 Voice seats, -1 Base seat. New plan total: $")
        await expect(sentence).to_contain_text("Stripe will bill the prorated difference for the rest of this cycle.")
        await expect(page.locator("#save")).to_contain_text("today")
        shown = (await page.locator("#save").inner_text()).partition("· ")[2].removesuffix(" today")
        await page.get_by_text("Line by line").click()
        await expect(page.get_by_role("row", name="Remaining time").first).to_be_visible()
        await page.locator("#save").click()
        await expect(page.get_by_text("You have 2 Base seats and 3 Voice seats now. New plan total: $")).to_be_visible()
        await expect(page.get_by_text(f". {shown} was charged today. Invoice ")).to_be_visible()
        await expect(page.locator("#invoices tbody tr")).to_have_count(2)
        assert len(await site.updates()) == 1


async def test_save_is_disabled_below_the_active_members_and_says_why(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, voice=1)
    await joined(site, "Nia", "voice")
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        await page.get_by_role("button", name="One Voice seat fewer").click()
        await expect(page.get_by_text("You have 1 Active Voice member. Remove members first")).to_be_visible()
        save = page.get_by_role("button", name="Save changes")
        await expect(save).to_have_attribute("aria-disabled", "true")
        await save.focus()
        await expect(save).to_be_focused()
        await page.keyboard.press("Enter")
        await joined(site, "Tom", "base")
        await expect(page.locator("#base-now")).to_contain_text("2 active")
        await page.get_by_label("Voice seats", exact=True).press("Enter")
        await page.get_by_role("button", name="One more Voice seat").click()
        await expect(page.get_by_text("Change a number to see what it costs")).to_be_visible()
        assert await site.updates() == []


async def test_base_becomes_voice_in_the_order_that_works(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, voice=1)
    for first, seat in (("Nia", "base"), ("Tom", "voice")):
        await joined(site, first, seat)
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        await page.get_by_role("button", name="One Base seat fewer").click()
        await page.get_by_role("button", name="One more Voice seat").click()
        await expect(page.get_by_text("To convert seats, add 1 Voice seat first, then switch 1 member")).to_be_visible()
        await page.get_by_role("button", name="Save only the increase · $").click()
        await expect(page.get_by_text("You have 2 Base seats and 2 Voice seats now.")).to_be_visible()
        await page.get_by_role("link", name="Members").click()
        await page.get_by_label("Seat of Nia Novak", exact=True).select_option("voice")
        await page.get_by_role("button", name="Save Seat of Nia Novak").click()
        await expect(page.get_by_text("Nia Novak has a Voice seat now.")).to_be_visible()
        await page.get_by_role("link", name="Seats & Billing").click()
        await page.get_by_role("button", name="One Base seat fewer").click()
        await expect(page.locator("#save")).to_contain_text("credited")
        await page.locator("#save").click()
        await expect(page.get_by_text("You have 1 Base seat and 2 Voice seats now.")).to_be_visible()


async def test_adding_more_than_ten_seats_needs_a_confirmation(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        await page.get_by_label("Base seats", exact=True).fill("14")
        await expect(page.locator("#save")).to_contain_text("today")
        await page.locator("#save").click()
        dialog = page.get_by_role("dialog", name="Add 12 seats at once?")
        await dialog.get_by_role("link", name="Cancel").click()
        assert await site.updates() == []
        await expect(page.locator("#save")).to_be_focused()
        await page.locator("#save").click()
        await dialog.get_by_role("button", name="Add 12 seats · $").click()
        await expect(page.get_by_text("You have 14 Base seats and 0 Voice seats now.")).to_be_visible()


async def test_the_cycle_dialog_says_what_is_charged_or_credited_before_anything_is_both_ways(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=3, voice=1)
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        await page.get_by_role("button", name="Switch to Annual …").click()
        dialog = page.get_by_role("dialog", name="Switch to Annual?")
        await expect(dialog).to_contain_text("Each seat costs 10% less.")
        await expect(dialog).to_contain_text("Total today")
        assert await site.updates() == []
        await dialog.get_by_role("button", name="Switch to Annual · $").click()
        await expect(page.get_by_text("You pay once a year now.")).to_be_visible()
        await page.get_by_role("button", name="Switch to Monthly …").click()
        dialog = page.get_by_role("dialog", name="Switch to Monthly?")
        await expect(dialog).to_contain_text("The 10% off each seat ends.")
        await expect(dialog).to_contain_text("Credited today")
        await dialog.get_by_role("button", name="Switch to Monthly").click()
        await expect(page.get_by_text("You pay each month now.")).to_be_visible()


async def test_a_fixed_card_that_is_tried_again_lets_the_blocked_member_in(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, auto_add=True)
    await card(site, "declining")
    async with person_at(browser, site, nothing) as ada, person_at(browser, site, nothing) as nia:
        page = await on_billing(ada)
        await site.browser().sign_up("nia@harbor.example", "voice", "Nia Novak")
        hers = await sign_in(nia, "nia@harbor.example")
        await expect(hers.get_by_role("heading", name="seat could not be paid for")).to_be_visible()
        await expect(page.locator("#payment")).to_contain_text("The card was declined")
        async with page.context.expect_page() as opened:
            await page.get_by_role("button", name="Fix the card").click()
        tab = await opened.value
        await tab.wait_for_url(f"{site.stripe.url}/**")
        await tab.close()
        await card(site, "good")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator("#payment")).to_have_count(0)
        # The next purchase keeps its distance from the one that was declined.
        await site.advance(3)
        await expect(hers.get_by_role("heading", name="You're in")).to_be_visible()


async def test_a_save_that_the_card_declines_changes_nothing_and_says_so_once(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    await card(site, "declining")
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        await page.get_by_role("button", name="One more Base seat").click()
        await page.locator("#save").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_have_count(1)
        await expect(alert).to_contain_text("Nothing was charged and nothing has changed.")
        await expect(alert.get_by_role("button", name="Fix the card")).to_be_visible()
        await expect(page.get_by_label("Base seats", exact=True)).to_have_value("3")
        await expect(page.locator("#base-now")).to_contain_text("2 purchased")


async def test_a_link_from_a_full_type_begins_with_one_more_and_its_price(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2, voice=1)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, f"{BILLING}?add=voice")
        await expect(page.get_by_label("Voice seats", exact=True)).to_have_value("2")
        await expect(page.locator("#sentence")).to_contain_text("Change: +1 Voice seat.")


async def test_a_stale_page_cannot_save_over_a_newer_state(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada, person_at(browser, site, nothing) as other:
        first, second = await on_billing(ada), await on_billing(other)
        for page, seats in ((first, "3"), (second, "5")):
            await page.get_by_label("Base seats", exact=True).fill(seats)
            await expect(page.locator("#sentence")).to_be_visible()
        # The second page gets no event about the first page's change.
        await second.route("**/admin/agency/billing", lambda route: route.abort())
        await first.locator("#save").click()
        await expect(first.get_by_text("You have 3 Base seats")).to_be_visible()
        await second.locator("#save").click()
        await expect(second.get_by_role("alert")).to_contain_text("Something changed since this price was shown")
        assert len(await site.updates()) == 1
        await expect(second.locator("#sentence")).to_contain_text("Change: +2 Base seats.")


async def test_two_clicks_and_the_way_back_make_one_change(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await on_billing(ada)
        await page.get_by_role("link", name="Members").click()
        await page.goto(f"{site.public}{BILLING}")
        await page.get_by_role("button", name="One more Base seat").click()
        await expect(page.locator("#sentence")).to_be_visible()
        await page.locator("#save").dblclick()
        await expect(page.get_by_text("You have 3 Base seats")).to_be_visible()
        await page.go_back()
        await expect(page.get_by_role("heading", name="Members")).to_be_visible()
        await page.go_forward()
        await expect(page.get_by_label("Base seats", exact=True)).to_have_value("3")
        assert len(await site.updates()) == 1
        assert MEMBERS not in page.url
