"""Checks of a drawn page: accessibility barriers (axe-core), and elements that overlap or stick out."""

import asyncio
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

from deploy.local.npm import installed

WIDTHS = (320, 390, 641, 768, 820, 1024, 1280, 1920)
"""Phones, tablets upright and across, laptops and wide screens. A page is resized and never reloaded."""
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
    """Return what axe-core finds on the page as drawn now, one line per element."""
    if not await page.evaluate("() => 'axe' in window"):
        # The script is injected past the page's content security policy, because the test injects it.
        await page.evaluate(await _axe())
    result: dict[str, Any] = await page.evaluate(
        "(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })",
        ["color-contrast"] if colours_only else list(_RULES),
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def _script() -> str:
    return (_BROWSER / "misfits.js").read_text()


async def misfits(page: Page) -> list[str]:
    """Return the elements that stick out, are cut off, overlap others, or are too small to hit."""
    elements: list[str] = await page.evaluate(_script())
    return elements


async def look(page: Page, name: str) -> list[str]:
    """Return every fault of a page, in light and dark, from the narrowest phone's width to a wide screen's."""
    faults = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 844})
        faults += [f"{name} at {width}: {misfit}" for misfit in await misfits(page)]
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        faults += [f"{name}, {scheme}: {barrier}" for barrier in await barriers(page, colours_only=scheme == "dark")]
    return faults
