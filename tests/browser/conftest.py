"""A real browser in front of all five services."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Playwright, async_playwright, expect

from tests.support.journey import Journey
from tests.support.site import site_on

PATIENCE = 20_000
"""Milliseconds for which a page may take to show something; it is a limit, not a wait."""
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A container's /dev/shm may hold only 64 MB, and Chromium's page crashes when it is full.
_ARGUMENTS = ("--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage")


def chromium(playwright: Playwright) -> str:
    """The browser's program: from the PATH, else Playwright's own. Without one CI fails, and anybody else skips."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None and Path(playwright.chromium.executable_path).is_file():
        found = playwright.chromium.executable_path
    if found is None:
        missing = "No Chromium: `apt-get install chromium`, or `.venv/bin/playwright install chromium`."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each person has a context of their own."""
    async with async_playwright() as playwright:
        program = chromium(playwright)
        expect.set_options(timeout=PATIENCE)
        launched = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture
async def site(migrated: str) -> AsyncIterator[Journey]:
    """All five services; `site.public` is where the pages are."""
    async with site_on(migrated) as journey:
        yield journey


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A clinician's phone."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(PATIENCE)
    yield context
    await context.close()
