"""What fails leaves the page and the typed words, and "Try again" repeats the same request with the same key."""

from urllib.parse import parse_qs

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.support.journey import Journey
from tests.support.site import billing_held, code_for
from tests.support.views import (
    ADA,
    BILLING,
    MEMBERS,
    SETTINGS,
    card,
    joined,
    nothing,
    person_at,
    sign_in,
    signed_agency,
)

pytestmark = pytest.mark.browser
PROXY_SAYS = "<html><body><h1>502 Bad Gateway</h1></body></html>"
LONGER_THAN_A_PAGE_WAITS = 21_000


class Line:
    """The line between a browser and the gateway: it fails for the next form, in one of the ways that lines fail."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.way = ""
        self.keys: list[str] = []

    async def fails(self, way: str) -> None:
        self.way = way
        self.keys = []
        await self.page.unroute("**/*")
        await self.page.route("**/*", self._carry)

    async def _carry(self, route: Route) -> None:
        request = route.request
        if request.method != "POST" or request.url.endswith("/preview"):
            await route.continue_()
            return
        self.keys += parse_qs(request.post_data or "").get("key", [])
        way, self.way = self.way, ""
        match way:
            case "lost":
                await route.abort("connectionreset")
            case "answer lost":
                await route.fetch(max_redirects=0)
                await route.abort("connectionreset")
            case "proxy":
                await route.fulfill(status=502, body=PROXY_SAYS, content_type="text/html")
            case "silent":
                pass
            case _:
                await route.continue_()

    def one_key(self) -> bool:
        """Whether the request was repeated with its key."""
        return len(self.keys) > 1 and len(set(self.keys)) == 1


async def _adjusts(page: Page, line: Line) -> None:
    """The numbers stay, and an answer that is lost after the seats were bought buys nothing twice."""
    note = page.locator("#adjust-card .note.failed")
    for way, words in (("proxy", "Something failed on our side"), ("answer lost", "We could not be reached")):
        await page.get_by_role("button", name="One more Voice seat").click()
        await expect(page.locator("#save")).to_contain_text("today")
        typed = await page.get_by_label("Voice seats", exact=True).input_value()
        await line.fails(way)
        await page.locator("#save").click()
        await expect(note).to_contain_text(words)
        await expect(page.get_by_label("Voice seats", exact=True)).to_have_value(typed)
        await expect(note).to_be_in_viewport()
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text(f"You have 3 Base seats and {typed} Voice seats now.")).to_be_visible()
        await expect(note).to_have_count(0)
        assert line.one_key(), way


async def _asks_for_a_price(page: Page, site: Journey) -> None:
    """A price that failed is asked for once more with the same numbers; they stay, offline too, and can be saved."""
    preview, voice = page.locator("#preview"), page.get_by_label("Voice seats", exact=True)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.post_data or "") if sent.url.endswith("/preview") else None)
    with billing_held(site):
        await page.get_by_role("button", name="One more Voice seat").click()
        await expect(preview.get_by_role("alert")).to_contain_text("There is no price yet")
        typed = await voice.input_value()
    await preview.get_by_role("button", name="Try again").click()
    await expect(page.locator("#save")).to_contain_text("today")
    counts = [{name: sent[name] for name in ("base", "voice")} for sent in map(parse_qs, asked)]
    assert counts[0] == counts[-1], "the same numbers"
    await page.context.set_offline(True)
    await page.get_by_role("button", name="One more Voice seat").click()
    note = page.locator("#adjust-card .note.failed")
    await expect(note).to_contain_text("You are offline")
    await expect(preview).not_to_have_attribute("aria-busy", "true")
    await expect(page.locator("#save")).to_have_attribute("aria-disabled", "true")
    await expect(voice).to_have_value(str(int(typed) + 1))
    await page.context.set_offline(False)
    await note.get_by_role("button", name="Try again").click()
    await expect(page.locator("#save")).to_contain_text("today")
    await expect(note).to_have_count(0)
    keys = [await page.locator('#preview [name="key"]').input_value()]
    await card(site, "declining")
    await page.locator("#save").click()
    await expect(page.locator("#reply-adjust [role=alert]")).to_be_visible()
    await expect(voice).to_have_value(str(int(typed) + 1))
    await expect(page.locator("#save")).to_contain_text("today")
    keys.append(await page.locator('#preview [name="key"]').input_value())
    assert keys[0] != keys[1], "after a rejection, another request"
    await card(site, "good")
    await page.locator("#save").click()
    await expect(page.get_by_text(f"{int(typed) + 1} Voice seats now.")).to_be_visible()


async def _invites(page: Page, line: Line) -> None:
    """A dialog keeps its words; another word makes it another request."""
    await page.get_by_role("link", name="Invite …").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name", exact=True).fill("Tom Tree")
    await dialog.get_by_label("Email address").fill("tom@elsewhere.example")
    await dialog.get_by_role("radio", name="Voice").check()
    await line.fails("lost")
    await dialog.get_by_role("button", name="Invite", exact=True).click()
    await expect(dialog.locator(".note.failed")).to_be_visible()
    await dialog.get_by_label("Name", exact=True).fill("Tom Treeler")
    await expect(dialog.locator(".note.failed")).to_have_count(0)
    await dialog.get_by_role("button", name="Invite", exact=True).click()
    await expect(page.get_by_text("Tom Treeler is invited")).to_be_visible()
    assert len(set(line.keys)) == 2


async def _switches(page: Page, line: Line, site: Journey) -> None:
    """A row shows its note in the row, and a live update takes nothing away."""
    row = page.locator("tr", has_text="Nia Novak")
    await line.fails("proxy")
    await page.get_by_label("Seat of Nia Novak", exact=True).select_option("voice")
    await page.get_by_role("button", name="Save Seat of Nia Novak").click()
    await expect(row.locator(".note.failed")).to_be_visible()
    await joined(site, "Zoe", "base")
    await expect(page.locator("#meter-base")).to_contain_text("3 of 3")
    await row.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("Nia Novak has a Voice seat now.")).to_be_visible()
    assert line.one_key()


async def _sets_the_domain(page: Page) -> None:
    """Offline, the words stay; the rejection after it stands in the card, with the words too."""
    domain = page.get_by_label("Another auto-join domain")
    await page.context.set_offline(True)
    await domain.fill("other.example")
    await page.get_by_role("button", name="Set the domain").click()
    await expect(page.locator(".note.failed")).to_contain_text("You are offline")
    await expect(domain).to_have_value("other.example")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator("#reply-agency .note")).to_be_visible()
    await expect(domain).to_have_value("other.example")


async def test_whatever_fails_in_the_admin_pages_is_tried_again_in_place_and_done_once(
    browser: Browser, site: Journey
) -> None:
    await signed_agency(site, base=3, voice=1)
    await joined(site, "Nia", "base")
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, BILLING)
        line = Line(page)
        await _adjusts(page, line)
        assert len(await site.updates()) == 2
        await _asks_for_a_price(page, site)
        await ada.open(MEMBERS)
        await _invites(page, line)
        await _switches(page, line, site)
        await ada.open(SETTINGS)
        await _sets_the_domain(page)


async def test_a_silent_line_is_given_up_and_the_same_form_sent_again(browser: Browser, site: Journey) -> None:
    await signed_agency(site, base=2)
    async with person_at(browser, site, nothing) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await page.clock.install()
        await page.reload()
        line = Line(page)
        await page.get_by_role("link", name="Invite …").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name", exact=True).fill("Tom Tree")
        await dialog.get_by_label("Email address").fill("tom@elsewhere.example")
        await dialog.get_by_role("radio", name="Base").check()
        await line.fails("silent")
        await dialog.get_by_role("button", name="Invite", exact=True).click()
        await expect(dialog.get_by_role("button", name="Inviting …")).to_be_visible()
        await page.clock.fast_forward(LONGER_THAN_A_PAGE_WAITS)
        await expect(dialog.locator(".note.failed")).to_contain_text("did not answer in time")
        await dialog.get_by_role("button", name="Try again").click()
        await expect(page.get_by_text("Tom Tree is invited")).to_be_visible()
        assert line.one_key()


async def test_a_stranger_signs_up_over_a_line_that_fails_at_each_step(browser: Browser, site: Journey) -> None:
    await site.open_agency(base=2)
    async with person_at(browser, site, nothing) as nia:
        page = await nia.open("/signup")
        line = Line(page)
        again = page.get_by_role("button", name="Try again")
        await page.get_by_label("Your name").fill("Nia Novak")
        await page.get_by_label("Work email address").fill("nia@nowhere.example")
        await page.get_by_role("radio", name="Base").check()
        await page.get_by_role("button", name="Sign up").click()
        await expect(page.locator("#email-wrong")).to_be_visible()
        await expect(page.get_by_label("Your name")).to_have_value("Nia Novak")
        await expect(page.get_by_role("radio", name="Base")).to_be_checked()
        await page.get_by_label("Work email address").fill("nia@harbor.example")
        await line.fails("lost")
        await page.get_by_role("button", name="Sign up").click()
        await expect(page.locator(".note.failed")).to_be_visible()
        await expect(page.get_by_label("Work email address")).to_have_value("nia@harbor.example")
        await again.click()
        await expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        assert line.one_key()
        await line.fails("proxy")
        code = await code_for(site, "nia@harbor.example")
        await page.get_by_label("Code from the email").press_sequentially(code)
        await expect(page.locator(".note.failed")).to_be_visible()
        await expect(page.get_by_label("Code from the email")).to_have_value(code)
        await again.click()
        await expect(page.get_by_role("heading", name="You're in")).to_be_visible()
        assert line.one_key()
