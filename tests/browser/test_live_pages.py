"""An open page follows what happens elsewhere, and never takes anything from under somebody's hand."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.journey import Journey
from tests.support.views import ADA, MEMBERS, Person, joined, nothing, person_at, sign_in

pytestmark = pytest.mark.browser


async def on_members(person: Person) -> Page:
    await sign_in(person, ADA, MEMBERS)
    await expect(person.page.get_by_role("heading", name="Members")).to_be_visible()
    return person.page


async def test_a_row_appears_and_its_state_changes_by_itself(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        row = page.get_by_role("row", name="Nia Novak")
        await site.browser().sign_up("nia@harbor.example", "base", "Nia Novak")
        await expect(row).to_contain_text("Pending login")
        await site.browser().log_in("nia@harbor.example")
        await expect(row).to_contain_text("Active")
        await expect(page.locator("#meter-base")).to_contain_text("2 of 2 in use")


async def test_no_row_moves_under_the_pointer_and_the_new_order_waits(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=1)
    await site.browser().sign_up("zoe@harbor.example", "base", "Zoe Novak")
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        rows = page.locator("tbody tr .name")
        await expect(rows).to_have_text(["Ada Park", "Zoe Novak"])
        pointed_at = page.get_by_role("row", name="Ada Park")
        await pointed_at.hover()
        place = await pointed_at.bounding_box()
        panel = page.get_by_role("region", name="blocked for want of a Base seat")
        await joined(site, "Nia", "base")
        await expect(page.locator("#changes")).to_contain_text("1 change in the order of this list.")
        await site.browser().log_in("zoe@harbor.example")
        await expect(page.get_by_role("row", name="Zoe Novak")).to_contain_text("Blocked")
        await expect(rows).to_have_text(["Ada Park", "Zoe Novak"])
        await expect(page.locator("#changes")).to_contain_text("2 changes in the order of this list.")
        assert await pointed_at.bounding_box() == place
        await expect(panel).to_have_count(0)
        await page.get_by_role("link", name="Refresh").click()
        await expect(panel).to_be_visible()
        await expect(rows).to_have_text(["Nia Novak", "Zoe Novak", "Ada Park"])
        await expect(page.locator("#changes")).to_be_empty()


async def test_two_admins_see_each_others_changes(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=3)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada, person_at(browser, site, nothing) as other:
        first, second = await on_members(ada), await on_members(other)
        api = site.browser()
        await api.log_in(ADA)
        await api.sign_baa()
        for page in (first, second):
            await expect(page.locator("#baa-banner")).to_have_count(0)
        role = first.get_by_label("Role of Nia Novak", exact=True)
        await role.select_option("admin")
        await expect(second.get_by_label("Role of Nia Novak", exact=True)).to_have_value("clinician")
        await first.get_by_role("button", name="Save Role of Nia Novak").click()
        await first.get_by_role("button", name="Make an admin").click()
        await expect(first.get_by_text("Nia Novak is an admin now.")).to_be_visible()
        await expect(second.get_by_label("Role of Nia Novak", exact=True)).to_have_value("admin")


async def test_a_page_reconnects_after_the_gateway_was_away(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        await site.gateway_port.close()
        await expect(page.get_by_text("The connection is lost.")).to_be_visible()
        await joined(site, "Nia", "base")
        await site.gateway_port.open()
        await expect(page.get_by_role("row", name="Nia Novak")).to_contain_text("Active")
        await expect(page.get_by_text("The connection is lost.")).to_be_hidden()


async def test_the_page_says_that_it_is_offline_and_that_a_form_was_not_sent(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=3)
    await joined(site, "Nia", "base")
    api = site.browser()
    await api.log_in(ADA)
    await api.sign_baa()
    async with person_at(browser, site, nothing) as ada:
        page = await on_members(ada)
        await page.context.set_offline(True)
        await expect(page.get_by_text("You are offline. What you see may be old")).to_be_visible()
        await page.get_by_label("Role of Nia Novak", exact=True).select_option("admin")
        await page.get_by_role("button", name="Save Role of Nia Novak").click()
        await expect(page.get_by_text("This was not sent.")).to_be_visible()
        await page.context.set_offline(False)
        await expect(page.get_by_text("You are offline. What you see may be old")).to_be_hidden()
        await page.get_by_role("button", name="Save Role of Nia Novak").click()
        await expect(page.get_by_role("heading", name="Make Nia Novak an admin?")).to_be_visible()
