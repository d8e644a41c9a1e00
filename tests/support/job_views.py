"""A walk through an admin's jobs: let the Blocked in, change many at once, undo a removal, invite a whole list."""

from playwright.async_api import Browser, Page, Route

from tests.support.journey import Journey
from tests.support.views import ADA, MEMBERS, SETTINGS, Person, See, joined, person_at, sign_in, signed_agency

PEOPLE = """name,email,seat,role
Omar Haddad,omar@elsewhere.example,Voice
Lena Fischer,lena@elsewhere.example,Voice,admin
Omar H.,omar@elsewhere.example,Voice
Alexandra Papadopoulos-Richardson,alexandra.papadopoulos-richardson@a-long-practice-name.example,Base
Nia Novak,nia@harbor.example,Voice
nobody at all
"""
_PROXY_SAYS = "<html><body><h1>502 Bad Gateway</h1></body></html>"


async def admins_jobs(browser: Browser, site: Journey, see: See) -> None:
    """Visit what an admin meets who lets people in, with a failure on the way, and who changes and invites many."""
    await signed_agency(site, base=2)
    for first in ("Nia", "Bea"):
        await joined(site, first, "voice")
    async with person_at(browser, site, see) as ada:
        page = await sign_in(ada, ADA, MEMBERS)
        await _auto_add(ada)
        await _letting_in(ada)
        await _one_person(ada)
        await _changing_many(ada)
        await _roles(ada)
        await _undoing(ada)
        await _inviting_many(ada)
        await page.close()


async def _auto_add(ada: Person) -> None:
    page = await ada.open(SETTINGS)
    await page.get_by_role("switch", name="Auto-Add Seats").click()
    await page.locator("#switch-on").wait_for()
    await ada.view("auto-add-dialog")
    await page.keyboard.press("Escape")


async def _letting_in(ada: Person) -> None:
    page = await ada.open(MEMBERS)
    panel = page.locator("#blocked")
    button = panel.get_by_role("button", name="Add 2 Voice seats and let them in")
    await button.wait_for()
    await panel.get_by_text("Line by line").click()
    await ada.view("members-panel")
    await page.get_by_role("link", name="Choose who").click()
    await page.get_by_role("dialog").get_by_role("button", name="Add 2 Voice seats and let them in").wait_for()
    await ada.view("choose-who")
    await page.keyboard.press("Escape")
    await page.route("**/let-in", _refuse, times=1)
    await button.click()
    await page.get_by_role("button", name="Try again").wait_for()
    await ada.view("members-failed")
    await page.get_by_role("button", name="Try again").click()
    await page.get_by_text("2 people are in.").wait_for()
    await ada.view("members-let-in")


async def _refuse(route: Route) -> None:
    """Answer as a proxy does that cannot reach us."""
    await route.fulfill(status=502, body=_PROXY_SAYS, content_type="text/html")


async def _choose(page: Page, action: str) -> None:
    for name in ("Nia Novak", "Bea Novak"):
        await page.get_by_label(f"Select {name}").check()
    await page.get_by_role("button", name=action).click()
    await page.get_by_role("dialog").wait_for()


async def _one_person(ada: Person) -> None:
    page = await ada.open(MEMBERS)
    await page.get_by_role("link", name="Nia Novak", exact=True).click()
    await page.get_by_role("heading", name="History").wait_for()
    await ada.view("person")
    await page.get_by_role("button", name="End sessions").click()
    await page.get_by_text("Nia Novak is signed out everywhere.").wait_for()
    await ada.view("person-signed-out")


async def _changing_many(ada: Person) -> None:
    page = await ada.open(MEMBERS)
    await page.get_by_label("More for Nia Novak").click()
    await page.get_by_role("link", name="Edit …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("edit-dialog")
    await page.keyboard.press("Escape")
    await _choose(page, "Change seat …")
    await page.get_by_role("dialog").get_by_role("radio", name="Base").check()
    await ada.view("bulk-seat-question")
    await page.get_by_role("dialog").get_by_role("button", name="Change").click()
    await page.locator("[data-selection-done] li").wait_for()
    await ada.view("bulk-results")
    await _choose(page, "Remove …")
    await ada.view("bulk-remove-question")
    await page.get_by_role("dialog").get_by_role("button", name="Remove 2 people").click()
    await page.locator("[data-selection-done]").wait_for()


async def _roles(ada: Person) -> None:
    """The question before several people get another role, and before an admin gives the own role up."""
    page = await ada.open(MEMBERS)
    await page.get_by_label("Select Ada Park").check()
    await page.get_by_role("button", name="Change role …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("bulk-role-question")
    await page.keyboard.press("Escape")
    await second_admin(ada.site)
    await ada.open(MEMBERS)
    await page.get_by_label("Role of Ada Park", exact=True).select_option("clinician")
    await page.get_by_role("button", name="Save Role of Ada Park").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("step-down-question")
    await page.keyboard.press("Escape")


async def second_admin(site: Journey) -> None:
    """Give the agency another admin, so that the first may give the role up."""
    admin = site.browser()
    await admin.log_in(ADA)
    await joined(site, "Eve", "base")
    eve = (await admin.row("eve@harbor.example"))["id"]
    assert (await admin.ask("PATCH", f"/members/{eve}", {"role": "admin"})).is_success


async def _undoing(ada: Person) -> None:
    page = await ada.open(f"{MEMBERS}?status=removed")
    await page.get_by_label("Select Nia Novak").check()
    await ada.view("removed-undo")
    await page.get_by_label("Select Nia Novak").uncheck()
    await page.get_by_role("button", name="Undo removal Nia Novak").click()
    await page.locator("#replies .note").wait_for()
    await ada.view("removed-undone")


async def _inviting_many(ada: Person) -> None:
    page = await ada.open(f"{MEMBERS}/invite-many")
    await page.get_by_label("People", exact=True).fill(PEOPLE)
    await ada.view("invite-many")
    await page.get_by_role("button", name="Check the list").click()
    await page.get_by_role("table").wait_for()
    await ada.view("invite-many-check")
    await page.locator("main form[action$='/send'] [type=submit]").click()
    await page.get_by_role("link", name="Show the invited").wait_for()
    await ada.view("invite-many-progress")
