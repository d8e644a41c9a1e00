"""From the mail's link to Stripe's page: what only a real browser would stop, the form that ends at another site."""

import pytest
from playwright.async_api import BrowserContext, expect

from tests.support.journey import Journey
from tests.support.site import code_for

pytestmark = pytest.mark.browser
ADA = "ada@harbor.example"


async def test_the_mails_link_leads_through_the_sign_in_to_stripes_page_in_a_new_tab(
    site: Journey, phone: BrowserContext
) -> None:
    await site.open_agency()
    page = await phone.new_page()
    await page.goto(f"{site.public}/admin/agency/billing?fix=card")
    await page.get_by_label("Work email address").fill(ADA)
    await page.get_by_role("button", name="Email me a code").click()
    await page.get_by_label("Code from the email").press_sequentially(await code_for(site, ADA))
    await expect(page.get_by_role("heading", name="Seats & Billing")).to_be_visible()
    async with phone.expect_page() as opened:
        await page.get_by_role("button", name="Fix the card").click()
    tab = await opened.value
    await tab.wait_for_url(f"{site.stripe.url}/**")
    assert page.url == f"{site.public}/admin/agency/billing?fix=card", "the page with the link stays where it was"
