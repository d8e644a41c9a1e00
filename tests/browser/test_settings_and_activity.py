"""Settings and Activity, as an admin uses them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect

from contracts.moments import machine
from services.gateway.texts import baa
from tests.support.journey import Journey
from tests.support.newer_baa import ask, newer_baa
from tests.support.site import GatewayPort
from tests.support.views import (
    ACTIVITY,
    ADA,
    BILLING,
    MEMBERS,
    SETTINGS,
    Person,
    joined,
    nothing,
    person_at,
    sign_in,
    signed_agency,
)

pytestmark = pytest.mark.browser


async def test_auto_add_buys_a_seat_for_a_first_login_and_the_log_leads_to_taking_it_back(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=1)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, SETTINGS)
        await page.get_by_role("switch", name="Auto-Add Seats").click()
        await page.get_by_role("button", name="Switch Auto-Add ON").click()
        await expect(page.get_by_role("switch", name="Auto-Add Seats")).to_be_checked()
        await page.get_by_role("link", name="Activity").click()
        await joined(site, "Nia", "voice")
        line = page.get_by_role("listitem").filter(has_text="Auto-Add bought 1 Voice seat for nia@")
        await expect(line).to_contain_text("$59.99 today")
        assert any("Voice" in subject for subject in site.letterbox.subjects(ADA))
        await line.get_by_text("Undo").click()
        await expect(line).to_contain_text("Nothing is removed by itself.")
        await line.get_by_role("link", name="Nia Novak").click()
        await expect(page.get_by_role("row", name="Nia Novak")).to_be_visible()
        await page.get_by_label("More for Nia Novak").click()
        await page.get_by_role("link", name="Remove …").click()
        await page.get_by_role("button", name="Remove Nia Novak").click()
        await expect(page.get_by_text("Nobody here matches")).to_be_visible()
        await page.get_by_role("link", name="Activity").click()
        await line.get_by_text("Undo").click()
        await line.get_by_role("link", name="Reduce the seats").click()
        await expect(page.get_by_label("Voice seats", exact=True)).to_have_value("0")
        await expect(page.locator("#sentence")).to_contain_text("Change: -1 Voice seat.")
        await page.locator("#save").click()
        await expect(page.get_by_text("You have 1 Base seat and 0 Voice seats now.")).to_be_visible()
        assert BILLING in page.url


async def test_the_log_is_filtered_by_kind_and_by_person_and_exported(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, ACTIVITY)
        await expect(page.get_by_role("listitem").filter(has_text="nia@harbor.example")).not_to_have_count(0)
        await page.get_by_role("link", name="Settings", exact=True).last.click()
        await expect(page.get_by_role("listitem").filter(has_text="nia@harbor.example")).to_have_count(0)
        await expect(page.get_by_role("listitem").filter(has_text="signed the BAA")).to_have_count(1)
        await page.get_by_label("Who did it").select_option("Auto-Add")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("Nothing matches this filter.")).to_be_visible()
        await page.get_by_role("link", name="Show everything").click()
        async with page.expect_download() as downloaded:
            await page.get_by_role("link", name="Export as CSV").click()
        assert (await downloaded.value).suggested_filename == "activity.csv"


async def test_a_public_domain_is_rejected_beside_its_field_and_the_sign_up_link_can_be_copied(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, SETTINGS)
        await expect(page.get_by_label("Sign-up link")).to_have_value(f"{site.public}/signup")
        field = page.get_by_label("Another auto-join domain")
        await field.fill("gmail.com")
        await page.get_by_role("button", name="Set the domain").click()
        await expect(page.locator("#reply-agency").get_by_role("alert")).to_contain_text("gmail.com")
        await field.fill("no domain")
        await page.get_by_role("button", name="Set the domain").click()
        await expect(page.get_by_text("Write an email domain, like clinic.example.")).to_be_visible()
        await expect(field).to_be_focused()


async def test_a_key_is_shown_once_opens_the_api_and_ends_when_it_is_revoked(browser: Browser, site: Journey) -> None:
    await signed_agency(site)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, SETTINGS)
        await page.get_by_label("What is it for?").fill("Payroll")
        await page.get_by_role("button", name="Make a key").click()
        secret = await page.get_by_label("The key").input_value()
        program = {"Authorization": f"Bearer {secret}"}
        assert (await site.browser().ask("GET", "/seats", headers=program)).status_code == 200
        await page.goto(f"{site.public}{SETTINGS}")
        await expect(page.get_by_role("row", name="Payroll")).to_be_visible()
        assert secret not in await page.content()
        await page.get_by_role("link", name="Revoke Payroll").click()
        await page.get_by_role("button", name="Revoke the key").click()
        await expect(page.get_by_text("The key is revoked")).to_be_visible()
        assert (await site.browser().ask("GET", "/seats", headers=program)).status_code == 401


async def test_a_reader_in_another_zone_sees_local_times_and_the_exact_moment_with_its_zone(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site)
    context = await browser.new_context(timezone_id="Asia/Kolkata", viewport={"width": 1280, "height": 900})
    ada = Person(site, await context.new_page(), nothing)
    page = await sign_in(ada, ADA, SETTINGS)
    api = site.browser()
    await api.log_in(ADA)
    signature = (await api.get("/baa"))["signature"]
    moment = datetime.fromisoformat(signature["signedAt"])
    local = moment.astimezone(timezone(timedelta(hours=5, minutes=30)))
    exact = f"{local.day} {local:%B} {local:%Y}, {local:%H:%M} GMT+5:30"
    stamp = machine(moment)
    record = page.locator(f'time[datetime="{stamp}"][data-as="exact"]')
    await expect(record).to_have_text(exact)
    await page.goto(f"{site.public}/baa/{signature['version']}")
    await expect(page.locator(f'time[datetime="{stamp}"]')).to_contain_text(f"{moment:%H:%M} UTC")
    await page.goto(f"{site.public}{ACTIVITY}")
    line = page.get_by_role("listitem").filter(has_text="signed the BAA").locator("time")
    await expect(line).to_contain_text(f"{local:%H:%M}")
    await expect(line).to_have_attribute("title", exact)
    await context.close()
    sheet = await api.client.get("/api/v1/activity.csv")
    assert stamp in sheet.text


async def test_a_new_version_of_the_baa_is_noted_then_locks_and_is_signed_from_its_note(
    browser: Browser, site: Journey, tmp_path: Path
) -> None:
    await signed_agency(site, base=2, auto_add=True)
    await joined(site, "Nia", "base")
    async with newer_baa(site, tmp_path) as newer:
        await site.gateway_port.close()
        site.gateway_port = GatewayPort(site.http, urlsplit(site.public).port or 0)
        await site.gateway_port.open()
        await ask(site)
        async with person_at(browser, site, nothing) as ada:
            page = await sign_in(ada, ADA, MEMBERS)
            note = page.locator("#baa-banner")
            await expect(note).to_contain_text(baa.NEW_VERSION)
            await expect(note).to_contain_text(baa.WHAT_IS_LOCKED)
            await expect(note.locator("time")).to_have_attribute("datetime", machine(newer.sign_by))
            await expect(page.get_by_role("link", name="Invite …")).not_to_have_attribute("aria-disabled", "true")
            await site.advance(newer.grace.total_seconds())
            await ask(site)
            page = await sign_in(ada, ADA, MEMBERS)
            await expect(note).to_contain_text(baa.BANNER)
            await expect(page.get_by_role("link", name="Invite …")).to_have_attribute("aria-disabled", "true")
            await note.get_by_role("link", name=baa.READ_AND_SIGN).click()
            switch = page.get_by_role("switch", name="Auto-Add Seats")
            await expect(switch).to_be_checked()
            await expect(page.get_by_text(baa.AUTO_ADD_GOES_ON)).to_be_visible()
            await expect(page.get_by_text("The newer text.")).to_be_visible()
            await page.get_by_label("Your full name").fill("Ada Park")
            await page.get_by_label("Your title").fill("Owner")
            await page.get_by_role("button", name="Sign the BAA").click()
            await expect(page.get_by_text(baa.SIGNED)).to_be_visible()
            await expect(note).to_have_count(0)
            await expect(page.get_by_text(baa.AUTO_ADD_GOES_ON)).to_have_count(0)
