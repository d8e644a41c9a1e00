"""Looking at a page as it is drawn: barriers that axe finds, and what lies over something or sticks out."""

import asyncio
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

from deploy.local.npm import installed

WIDTHS = (390, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_BROWSER = Path(__file__).resolve().parents[1] / "browser"
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_source: list[str] = []


async def _axe() -> str:
    if not _source:
        folder = await installed(_BROWSER / "axe", "axe")
        script = folder / "node_modules" / "axe-core" / "axe.min.js"
        _source.append(await asyncio.to_thread(script.read_text))
    return _source[0]


async def barriers(page: Page, *, colours_only: bool = False) -> list[str]:
    """What axe-core finds on the page as it is now, a line for each element."""
    if not await page.evaluate("() => 'axe' in window"):
        # Past the page's policy: it is ours that looks.
        await page.evaluate(await _axe())
    found: dict[str, Any] = await page.evaluate(
        "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })",
        ["color-contrast"] if colours_only else list(_RULES),
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def _script() -> str:
    return (_BROWSER / "misfits.js").read_text()


async def misfits(page: Page) -> list[str]:
    """What sticks out of the page, is cut off, lies over something else or is too small to hit."""
    told: list[str] = await page.evaluate(_script())
    return told


async def look(page: Page, name: str) -> list[str]:
    """All that is wrong with a page, in light and dark, on a phone and at a desk."""
    wrong = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        wrong += [f"{name} at {width}: {one}" for one in await misfits(page)]
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wrong += [f"{name}, {scheme}: {one}" for one in await barriers(page, colours_only=scheme == "dark")]
    return wrong
