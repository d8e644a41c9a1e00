"""A walk past every page and state. Each view has a name; a check inspects the view, or a program takes its picture."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page

from tests.support.journey import Journey
from tests.support.site import billing_held, code_for

See = Callable[[str, Page], Awaitable[None]]
"""A function to call with each view: its name, and the page as drawn."""
ADA = "ada@harbor.example"
ROOT = "/admin/agency"
MEMBERS = f"{ROOT}/members"
SETTINGS = f"{ROOT}/settings"
BILLING = f"{ROOT}/billing"
ACTIVITY = f"{ROOT}/activity"
_PATIENCE = 20_000
_OPEN_TO_ALL = (
    ("/", "home"),
    ("/signup", "signup"),
    ("/login", "login"),
    ("/nothing", "not-found"),
    ("/help", "help"),
    ("/help?q=seat", "help-search"),
    ("/help/auto-add-seats", "help-auto-add"),
    ("/help/managing-seats-and-billing", "help-seats"),
)


class Person:
    """A person with a browser of their own."""

    def __init__(self, site: Journey, page: Page, see: See) -> None:
        self.site = site
        self.page = page
        self._see = see

    async def open(self, path: str) -> Page:
        await self.page.goto(f"{self.site.public}{path}")
        return self.page

    async def view(self, name: str) -> None:
        await self._see(name, self.page)


@asynccontextmanager
async def person_at(browser: Browser, site: Journey, see: See) -> AsyncIterator[Person]:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE)
    yield Person(site, await context.new_page(), see)
    await context.close()


async def sign_in(person: Person, email: str, after: str = "/welcome") -> Page:
    """Sign in through the API, which is quick, and open a page. Other tests cover the sign-in pages."""
    api = person.site.browser()
    response = await api.log_in(email)
    assert response.status_code == 201, response.text
    for cookie in api.client.cookies.jar:
        await person.page.context.add_cookies(
            [{"name": cookie.name, "value": cookie.value or "", "url": person.site.public}]
        )
    return await person.open(after)


async def nothing(_name: str, _page: Page) -> None:
    """Ignore a view."""


async def signed_agency(site: Journey, *, base: int = 2, voice: int = 0, auto_add: bool = False) -> None:
    """Open an agency whose BAA is signed."""
    await site.open_agency(base=base, voice=voice)
    ada = site.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    if auto_add:
        await ada.auto_add(True)


async def joined(site: Journey, first: str, seat: str) -> None:
    """Sign up and log in, in a browser of their own."""
    browser = site.browser()
    await browser.sign_up(f"{first.lower()}@harbor.example", seat, f"{first} Novak")
    await browser.log_in(f"{first.lower()}@harbor.example")


async def card(site: Journey, kind: str) -> None:
    """Make the first agency's card `good`, `declining`, or `action_required`."""
    *_, customer = (await site.stripe.get("customers"))["data"]
    await site.stripe.control(f"customers/{customer['id']}/card", kind=kind)


async def clinicians_views(browser: Browser, site: Journey, see: See) -> None:
    """Visit each page that a clinician can meet."""
    await site.open_agency(base=2)
    async with person_at(browser, site, see) as nia:
        for path, name in _OPEN_TO_ALL:
            await nia.open(path)
            await nia.view(name)
        page = await nia.open("/signup")
        await page.get_by_label("Your name").fill("Nia Novak")
        await page.get_by_label("Work email address").fill("nia@nobody.example")
        await page.get_by_role("radio", name="Voice").check()
        await page.get_by_role("button", name="Sign up").click()
        await page.get_by_text("No agency lets people").wait_for()
        await nia.view("signup-rejected")
        await page.get_by_label("Work email address").fill("nia@harbor.example")
        await page.get_by_role("button", name="Sign up").click()
        await page.get_by_role("heading", name="Check your mail").wait_for()
        await nia.view("code")
        code = await code_for(site, "nia@harbor.example")
        await page.get_by_label("Code from the email").press_sequentially("1111" if code != "1111" else "2222")
        await page.get_by_role("alert").wait_for()
        await nia.view("code-wrong")
        await page.get_by_label("Code from the email").press_sequentially(code)
        await page.get_by_role("heading", name="no free Voice seat").wait_for()
        await nia.view("blocked")
        await nia.open("/admin/agency/members")
        await nia.view("not-an-admin")
    ada = site.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    async with person_at(browser, site, see) as tom:
        await site.browser().sign_up("tom@harbor.example", "voice", "Tom Reyes")
        with billing_held(site):
            await sign_in(tom, "tom@harbor.example")
            await tom.page.get_by_role("heading", name="is adding a seat").wait_for()
            await tom.view("waiting")
        await tom.page.get_by_role("heading", name="You're in").wait_for()
        await tom.view("welcome")
        await site.browser().log_in("tom@harbor.example")
        await tom.open("/sessions")
        await tom.view("sessions")


async def crowd(site: Journey) -> None:
    """Sign up a dozen members, in every status that is reachable."""
    names = ("Mira Lindqvist", "Tomas Reyes", "June Castellano", "Alexandra Papadopoulos-Richardson", "Omar Haddad")
    for name in names:
        address = f"{name.split()[0].lower()}@harbor.example"
        await site.browser().sign_up(address, "voice" if len(name) % 2 else "base", name)
    for first in ("mira", "tomas", "june", "alexandra"):
        await site.browser().log_in(f"{first}@harbor.example")


async def agencys_views(browser: Browser, site: Journey, see: See) -> None:
    """Visit each page that an admin can meet."""
    await site.open_agency(base=3, voice=1)
    async with person_at(browser, site, see) as ada:
        await sign_in(ada, ADA, MEMBERS)
        await ada.view("members-alone")
        await ada.open(SETTINGS)
        await ada.view("settings-baa-unsigned")
        await ada.open(BILLING)
        await ada.view("billing-baa-unsigned")
        await ada.open(f"{MEMBERS}/invite")
        await ada.view("invite-baa-unsigned")
        await _settings(ada)
        await crowd(site)
        await _members(ada)
        await _billing(ada)
        page = await ada.open(ACTIVITY)
        await page.get_by_role("heading", name="Activity").wait_for()
        await ada.view("activity")
        await ada.open(f"{ACTIVITY}?by=auto_add")
        await ada.view("activity-nothing")
        await _fresh_code(ada)


async def _settings(ada: Person) -> None:
    page = await ada.open(SETTINGS)
    await page.get_by_label("Your full name").fill("Ada Park")
    await page.get_by_label("Your title").fill(" ")
    await page.get_by_role("button", name="Sign the BAA").click()
    await page.get_by_text("Write your title, like").wait_for()
    await ada.view("settings-rejected")
    await page.get_by_label("Your title").fill("Director")
    await page.get_by_role("button", name="Sign the BAA").click()
    await page.get_by_text("The BAA is signed.").wait_for()
    await ada.view("settings-signed")
    await page.get_by_role("link", name="Open the signed copy").click()
    await page.get_by_role("heading", name="Business Associate Agreement, version").wait_for()
    await ada.view("signed-baa")
    await ada.open(SETTINGS)
    await page.get_by_label("What is it for?").fill("Payroll export")
    await page.get_by_role("button", name="Make a key").click()
    await page.get_by_text("It is shown this once.").wait_for()
    await ada.view("settings-key")
    await page.get_by_role("link", name="Revoke Payroll export").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("revoke-dialog")
    await page.keyboard.press("Escape")
    await page.get_by_label("Another auto-join domain").fill("gmail.com")
    await page.get_by_role("button", name="Set the domain").click()
    await page.get_by_role("alert").wait_for()
    await ada.view("settings-domain-rejected")


async def _members(ada: Person) -> None:
    page = await ada.open(MEMBERS)
    await ada.view("members")
    await page.get_by_label("Select June Castellano").check()
    await page.get_by_label("Seat of Mira Lindqvist", exact=True).select_option("voice")
    await ada.view("members-chosen")
    await page.get_by_role("button", name="Save Seat of Mira Lindqvist").click()
    await page.get_by_role("alert").wait_for()
    await ada.view("members-swap-rejected")
    await page.get_by_role("button", name="Re-invite …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("members-question")
    await page.get_by_role("button", name="Re-invite 1 person").click()
    await page.get_by_text("Nobody was re-invited").wait_for()
    await ada.view("members-re-invited")
    await page.get_by_label("More for June Castellano").click()
    await ada.view("members-menu")
    await page.get_by_role("link", name="Re-invite …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("reinvite-dialog")
    await page.keyboard.press("Escape")
    await page.get_by_label("More for Mira Lindqvist").click()
    await page.get_by_role("link", name="Remove …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("remove-dialog")
    await page.keyboard.press("Escape")
    await page.get_by_label("Role of Mira Lindqvist", exact=True).select_option("admin")
    await page.get_by_role("button", name="Save Role of Mira Lindqvist").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("make-admin-dialog")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name="Invite …").click()
    await page.get_by_label("Name", exact=True).fill("Lena Fischer")
    await page.get_by_label("Email address").fill("lena@elsewhere.example")
    await page.get_by_role("radio", name="Voice").check()
    await page.get_by_role("button", name="Invite", exact=True).click()
    await page.get_by_role("alert").wait_for()
    await ada.view("invite-rejected")
    await page.keyboard.press("Escape")
    await ada.open(f"{MEMBERS}?q=zzz")
    await ada.view("members-nobody")
    await ada.open(f"{MEMBERS}/invite")
    await ada.view("invite-page")


async def _billing(ada: Person) -> None:
    page = await ada.open(BILLING)
    await ada.view("billing")
    await page.get_by_role("button", name="One more Voice seat").click()
    await page.get_by_role("button", name="One more Voice seat").click()
    await page.get_by_role("button", name="One Base seat fewer").click()
    await page.locator("#sentence").wait_for()
    await page.get_by_text("Line by line").click()
    await ada.view("billing-preview")
    await page.get_by_role("button", name="One Base seat fewer").click()
    await page.locator("#too-few").wait_for()
    await ada.view("billing-convert")
    await page.get_by_label("Voice seats", exact=True).fill("0")
    await page.get_by_text("Remove members first").wait_for()
    await ada.view("billing-too-few")
    await page.get_by_label("Voice seats", exact=True).fill("20")
    await page.get_by_label("Base seats", exact=True).fill("3")
    await page.locator("#sentence").wait_for()
    await page.locator("#save").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("many-seats-dialog")
    await page.keyboard.press("Escape")
    await page.get_by_label("Voice seats", exact=True).fill("2")
    await page.get_by_text("Change: +1 Voice seat.").wait_for()
    await page.locator("#save").click()
    await page.get_by_text("You have 3 Base seats and 2 Voice seats now.").wait_for()
    await ada.view("billing-saved")
    await page.get_by_role("button", name="Switch to Annual …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("cycle-dialog")
    await page.keyboard.press("Escape")
    await card(ada.site, "declining")
    await page.get_by_role("button", name="One more Voice seat").click()
    await page.locator("#sentence").wait_for()
    await page.locator("#save").click()
    await page.get_by_role("alert").wait_for()
    await ada.view("billing-declined")
    await card(ada.site, "good")


async def _fresh_code(ada: Person) -> None:
    await ada.site.advance(16 * 60.0)
    page = await ada.open(SETTINGS)
    await page.get_by_label("What is it for?").fill("Payroll export")
    await page.get_by_role("button", name="Make a key").click()
    await page.get_by_role("heading", name="Enter the code that we emailed you").wait_for()
    await ada.view("fresh-code-dialog")
    code = await code_for(ada.site, ADA)
    await page.get_by_label("Code from the email").fill("1111" if code != "1111" else "2222")
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("alert").wait_for()
    await ada.view("fresh-code-wrong")
    await page.keyboard.press("Escape")
    await page.get_by_label("Seats added at once").fill("many")
    await page.get_by_role("button", name="Set the size").click()
    await page.get_by_text("Write a whole number, from 0 to 1,000.").wait_for()
    await ada.view("settings-size-rejected")


async def lively_agency(site: Journey) -> None:
    """Open an agency and let eleven weeks pass, with changes between; the clock of all services moves by hand."""
    day = 86_400.0
    await signed_agency(site, base=3, voice=2)

    async def join(*people: tuple[str, str]) -> None:
        for name, seat in people:
            address = f"{name.lower().replace(' ', '.')}@harbor.example"
            await site.browser().sign_up(address, seat, name)
            await site.browser().log_in(address)

    async def adjust(base: int, voice: int) -> None:
        admin = site.browser()
        await admin.log_in(ADA)
        quote = (await admin.post("/seats/quotes", {"base": base, "voice": voice})).json()
        changed = await admin.put("/seats", {"base": base, "voice": voice, "quoteId": quote["id"]})
        assert changed.status_code == 200, changed.text

    await join(("Mira Lindqvist", "base"), ("Tomas Reyes", "voice"))
    await site.advance(12 * day)
    await adjust(5, 4)
    await join(("Aisha Rahman", "base"), ("Elena Popova", "voice"), ("Sam Okafor", "voice"))
    await site.advance(16 * day)
    await join(("Peter Novak", "base"), ("Omar Haddad", "voice"))
    await site.advance(11 * day)
    await adjust(7, 6)
    await join(("Grace Kim", "base"), ("Priya Raman", "voice"))
    await site.advance(20 * day)
    await join(("Hannah Weiss", "base"), ("Lucia Marin", "voice"))
    await site.advance(13 * day)
    await adjust(7, 6 + 1)
    await join(("Yuki Tanaka", "voice"))
    await site.advance(5 * day)
    await join(("Nadia Petrova", "voice"), ("Chloe Martin", "voice"))
    await site.browser().sign_up("june.castellano@harbor.example", "base", "June Castellano")
    admin = site.browser()
    await admin.log_in(ADA)
    guest = {"email": "paul@meyer-practice.example", "name": "Dr. Paul Meyer", "seatType": "base", "role": "clinician"}
    assert (await admin.post("/members", guest)).status_code == 201
