"""A device is named by its browser and its system. The name is one of ours: what the browser sent is never shown."""

from __future__ import annotations

OTHER_DEVICE = "Unknown browser or app"
_READ = 400
"""Characters of the header that are read; a browser's own sends fewer."""
_BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/", "OPT/")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "CriOS/")),
    ("Safari", ("Safari/",)),
)
"""In this order: each browser also names those below it."""
_SYSTEMS = (
    ("iPhone", ("iPhone",)),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("ChromeOS", ("CrOS",)),
    ("Windows", ("Windows",)),
    ("Mac", ("Macintosh",)),
    ("Linux", ("Linux", "X11")),
)
"""In this order: Android names Linux too."""


def device_name(user_agent: str | None) -> str:
    """The device behind a User-Agent header, like "Chrome on Windows"."""
    text = (user_agent or "")[:_READ]
    browser, system = _first(_BROWSERS, text), _first(_SYSTEMS, text)
    if browser is None:
        return OTHER_DEVICE if system is None else f"{OTHER_DEVICE} on {system}"
    return browser if system is None else f"{browser} on {system}"


def _first(names: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> str | None:
    return next((name for name, marks in names if any(mark in text for mark in marks)), None)
