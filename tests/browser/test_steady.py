"""What a person looks at stays where it is: the place in the list after an action, the columns while others work."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.support.journey import Journey
from tests.support.views import ADA, MEMBERS, joined, nothing, person_at, sign_in, signed_agency

pytestmark = pytest.mark.browser
BOXES = """() => [...document.querySelectorAll(".members thead th, .members tr[data-row] > *")].map((cell) => {
  const { x, width } = cell.getBoundingClientRect();
  return `${cell.cellIndex} ${Math.round(x)} ${Math.round(width)}`;
})"""
THIRD_PAGE = f"{MEMBERS}?status=invited&q=walker&sort=name&page=3"


async def columns(page: Page) -> set[str]:
    """Where each column is and how wide, as each of its cells has it."""
    return set(await page.evaluate(BOXES))


async def _columns_stay(page: Page, site: Journey) -> None:
    """Neither a "Save" that appears, nor rows with longer words and more buttons, move a column."""
    for width in (1280, 1024):
        await page.set_viewport_size({"width": width, "height": 900})
        before = await columns(page)
        seat = page.get_by_label("Seat of Tom Novak", exact=True)
        await seat.select_option("voice")
        await expect(page.get_by_role("button", name="Save Seat of Tom Novak")).to_be_visible()
        assert await columns(page) == before
        await seat.select_option("base")
        await page.mouse.move(5, 5)
        await joined(site, f"Wilhelmina-Bartholomea-{width}", "voice")
        await expect(page.get_by_role("row", name=f"Wilhelmina-Bartholomea-{width}")).to_contain_text("Blocked")
        assert await columns(page) >= before, (await columns(page)) ^ before
        if width == 1280:
            assert await columns(page) == before
    await page.set_viewport_size({"width": 1280, "height": 900})


async def _place_stays(page: Page) -> None:
    """A row's action and a bulk action on page 3 of a filtered list lead back to that page, as far down as before."""
    rows = page.locator("tr[data-row]")
    await expect(rows).to_have_count(10)
    await page.set_viewport_size({"width": 1280, "height": 500})
    last = rows.last
    await last.get_by_label("More for").click()
    await last.get_by_role("link", name="Edit …").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Zz Walker")
    scrolled = await page.evaluate("scrollY")
    assert scrolled > 0
    await dialog.get_by_role("button", name="Save").click()
    await expect(rows.last).to_contain_text("Zz Walker")
    await expect(page.locator("#replies > .toast")).to_be_in_viewport()
    assert await page.evaluate("scrollY") == scrolled
    await rows.last.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Re-invite …").click()
    await dialog.get_by_role("button", name="Re-invite").click()
    await expect(page.locator("#replies [data-reply]")).to_be_visible()
    await expect(rows.last).to_contain_text("Zz Walker")
    assert "status=invited&q=walker&sort=name&page=3" in page.url


async def test_the_columns_and_the_place_in_the_list_stay(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=120)
    await joined(site, "Tom", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await _columns_stay(page, site)
        api = site.browser()
        await api.log_in(ADA)
        people = [
            {"email": f"w{number:03}@far.example", "name": f"Nr {number:03} Walker", "seatType": "base"}
            for number in range(110)
        ]
        sent = await api.client.post("/api/v1/members/invitations", json={"people": people})
        assert sent.status_code in {201, 202}, sent.text
        await ada.open(MEMBERS)
        await expect(page.get_by_role("navigation", name="Filter by status")).to_contain_text("Invited 110")
        await ada.open(THIRD_PAGE)
        await _place_stays(page)
