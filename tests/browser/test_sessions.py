"""The page of one's own sessions, in two browsers of one person."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.journey import Journey
from tests.support.views import ADA, BILLING, MEMBERS, nothing, person_at, sign_in

pytestmark = pytest.mark.browser


async def test_a_session_that_is_ended_elsewhere_leaves_its_open_page_at_once(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with person_at(browser, site, nothing) as lost, person_at(browser, site, nothing) as kept:
        page = await sign_in(lost, ADA, MEMBERS)
        await expect(page.get_by_role("heading", name="Members")).to_be_visible()
        own = await sign_in(kept, ADA, BILLING)
        await own.get_by_role("link", name="Ada Park (your sessions)").click()
        await expect(own.get_by_role("heading", name="Your sessions")).to_be_visible()
        await expect(own.get_by_text("This browser, signed in now")).to_have_count(1)
        await own.get_by_role("button", name="End session").click()
        await expect(own.get_by_text("The session has ended.")).to_be_visible()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        await expect(own.get_by_role("button", name="End session")).to_have_count(0)
