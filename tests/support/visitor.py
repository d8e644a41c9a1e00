"""A person whose browser runs no scripts: opens pages, fills in their forms, and follows redirects."""

import re
from collections import defaultdict
from html.parser import HTMLParser

import httpx

HTML = {"Accept": "text/html"}


class Forms(HTMLParser):
    """The forms of a page: the fields with their values, by the address that the form posts to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = defaultdict(dict)
        self._action = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = attributes.get("action", "")
            self.forms[self._action] = {}
        elif tag == "input" and "name" in attributes and attributes.get("type") not in {"radio", "checkbox"}:
            self.forms[self._action][attributes["name"]] = attributes.get("value", "")


def undo_of(page: str) -> dict[str, str]:
    """Return the values that the "Undo" beside the result of the last form would send."""
    beside = page.partition('class="note good toast"')[2].partition("</div>")[0]
    assert "Undo" in beside
    [fields] = Forms(beside).forms.values()
    return fields


def _forwarded(page: str) -> str | None:
    """The address on this site that a page goes on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0; url=(/[^"]*)"', page)
    return None if found is None else found.group(1)


class Visitor:
    """One person in one browser."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser
        self.at = httpx.Response(200)

    @property
    def page(self) -> str:
        """The page's HTML with all white space collapsed."""
        return " ".join(self.at.text.split())

    async def open(self, path: str) -> httpx.Response:
        """Open an address, and follow redirects on this site."""
        self.at = await self.browser.get(path, headers=HTML)
        return await self._follow()

    async def _follow(self) -> httpx.Response:
        while after := self.at.headers.get("Location") or _forwarded(self.at.text):
            self.at = await self.browser.get(after, headers=HTML)
        return self.at

    def fields(self, action: str) -> dict[str, str]:
        """Return the values that the form with this address would send unchanged."""
        forms = Forms(self.at.text).forms
        assert action in forms, f"no such form: {sorted(forms)}"
        return forms[action]

    async def press(self, action: str, **typed: str) -> httpx.Response:
        """Send a form of this page, return the response, and follow no redirect."""
        self.at = await self.browser.post(action, data=self.fields(action) | typed, headers=HTML)
        return self.at

    async def send(self, action: str, **typed: str) -> httpx.Response:
        """Send a form of this page, and follow redirects."""
        await self.press(action, **typed)
        return await self._follow()
