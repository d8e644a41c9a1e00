"""A person without scripts: opens pages, fills in the forms that are on them, follows what they are led to."""

from collections import defaultdict
from html.parser import HTMLParser

import httpx

HTML = {"Accept": "text/html"}


class Forms(HTMLParser):
    """The forms of a page: by the address that they go to, the fields with their values."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = defaultdict(dict)
        self._action = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action = given.get("action", "")
            self.forms[self._action] = {}
        elif tag == "input" and "name" in given and given.get("type") not in {"radio", "checkbox"}:
            self.forms[self._action][given["name"]] = given.get("value", "")


class Visitor:
    """One person in one browser."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser
        self.at = httpx.Response(200)

    @property
    def page(self) -> str:
        """What is on the screen, in one line."""
        return " ".join(self.at.text.split())

    async def open(self, path: str) -> httpx.Response:
        """Open an address, and follow where it leads on this site."""
        self.at = await self.browser.get(path, headers=HTML)
        return await self._follow()

    async def _follow(self) -> httpx.Response:
        while self.at.is_redirect:
            self.at = await self.browser.get(self.at.headers["Location"], headers=HTML)
        return self.at

    def fields(self, action: str) -> dict[str, str]:
        """What the form that goes to this address would send as it stands."""
        forms = Forms(self.at.text).forms
        assert action in forms, f"no such form: {sorted(forms)}"
        return forms[action]

    async def press(self, action: str, **typed: str) -> httpx.Response:
        """Send a form of this page; answers the form's own answer, and stays there."""
        self.at = await self.browser.post(action, data=self.fields(action) | typed, headers=HTML)
        return self.at

    async def send(self, action: str, **typed: str) -> httpx.Response:
        """Send a form of this page, and follow where it leads."""
        await self.press(action, **typed)
        return await self._follow()
