"""Every page and state: no barrier that axe knows, nothing that sticks out or lies over something else."""

import pytest
from playwright.async_api import Browser, Page

from tests.support.job_views import admins_jobs
from tests.support.journey import Journey
from tests.support.looking import look
from tests.support.rare_views import agencys_rare_views, clinicians_rare_views
from tests.support.views import agencys_views, clinicians_views

pytestmark = pytest.mark.browser


async def test_no_page_of_a_clinician_has_a_barrier_or_a_misfit(browser: Browser, site: Journey) -> None:
    wrong: list[str] = []

    async def see(name: str, page: Page) -> None:
        wrong.extend(await look(page, name))

    await clinicians_views(browser, site, see)
    assert wrong == []


async def test_no_page_of_an_admin_has_a_barrier_or_a_misfit(browser: Browser, site: Journey) -> None:
    wrong: list[str] = []

    async def see(name: str, page: Page) -> None:
        wrong.extend(await look(page, name))

    await agencys_views(browser, site, see)
    assert wrong == []


async def test_no_page_of_a_blocked_person_has_a_barrier_or_a_misfit(browser: Browser, site: Journey) -> None:
    wrong: list[str] = []

    async def see(name: str, page: Page) -> None:
        wrong.extend(await look(page, name))

    await clinicians_rare_views(browser, site, see)
    assert wrong == []


async def test_no_failure_page_of_an_admin_has_a_barrier_or_a_misfit(browser: Browser, site: Journey) -> None:
    wrong: list[str] = []

    async def see(name: str, page: Page) -> None:
        wrong.extend(await look(page, name))

    await agencys_rare_views(browser, site, see)
    assert wrong == []


async def test_no_page_of_an_admins_jobs_has_a_barrier_or_a_misfit(browser: Browser, site: Journey) -> None:
    wrong: list[str] = []

    async def see(name: str, page: Page) -> None:
        wrong.extend(await look(page, name))

    await admins_jobs(browser, site, see)
    assert wrong == []


async def test_the_checks_find_a_barrier_and_a_misfit_on_a_broken_page(browser: Browser, site: Journey) -> None:
    await site.open_agency()
    page = await browser.new_page()
    await page.goto(f"{site.public}/login")
    assert await look(page, "as it is") == []
    await page.evaluate(
        """() => {
          const said = document.querySelector("h1");
          said.style.cssText = "color: #ccc; background: #fff; margin-bottom: -2rem; white-space: nowrap";
          said.textContent = "words ".repeat(40);
          document.querySelector("#email").removeAttribute("id");
          const table = document.createElement("table");
          table.style.cssText = "width: calc(100% + 10px)";
          const cell = table.insertRow().insertCell();
          cell.style.cssText = "position: relative; left: 40px; text-align: right";
          cell.textContent = "two";
          said.parentElement.append(table);
        }"""
    )
    wrong = "\n".join(await look(page, "spoilt"))
    await page.close()
    for what in ("sticks out of its table", "wider than its place", "lies over", "color-contrast", "label"):
        assert what in wrong
