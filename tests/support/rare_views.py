"""A walk through the rare pages: expired links, choice of an agency, declined card, dashboard edits, no network."""

from playwright.async_api import Browser, Page

from tests.support.journey import Journey
from tests.support.site import billing_held, link_for
from tests.support.views import (
    ACTIVITY,
    ADA,
    BILLING,
    MEMBERS,
    SETTINGS,
    Person,
    See,
    card,
    joined,
    person_at,
    sign_in,
    signed_agency,
)

_NIA, _SAM = "nia@harbor.example", "sam@elsewhere.example"


async def clinicians_rare_views(browser: Browser, site: Journey, see: See) -> None:
    """Visit what a clinician meets behind the mails' links, during a long wait, and after a declined card."""
    await site.open_agency(base=2)
    await site.open_agency("river.example", base=2)
    for domain in ("harbor.example", "river.example"):
        admin = site.browser()
        await admin.log_in(f"ada@{domain}")
        await admin.sign_baa()
        await admin.invite(_SAM, name="Sam Okafor")
    first, second = site.letterbox.invitations(_SAM)
    async with person_at(browser, site, see) as sam:
        page = await sam.open(f"/invite/{first}")
        await sam.view("invite")
        await page.get_by_role("button", name="Accept the invitation").click()
        await page.get_by_role("heading", name="You're in").wait_for()
        await sam.open(f"/invite/{second}")
        await sam.view("invite-instead-of-another")
        await page.get_by_role("button", name="Continue as").click()
        await page.get_by_role("heading", name="You're in").wait_for()
        await sam.open(f"/invite/{first}")
        await page.get_by_role("heading", name="no longer works").wait_for()
        await sam.view("invite-over")
        await site.browser().post("/login-codes", {"email": _SAM})
        await site.drain()
        await page.goto(await link_for(site, _SAM))
        await sam.view("link")
        await page.get_by_role("button", name="Sign in").click()
        await page.get_by_role("heading", name="Which agency?").wait_for()
        await sam.view("choose")
    await _odd_browsers(browser, site, see)
    await _waiting_long(browser, site, see)


async def _odd_browsers(browser: Browser, site: Journey, see: See) -> None:
    async with person_at(browser, site, see) as nia:
        page = nia.page
        await page.goto(site.public.replace("127.0.0.1", "localhost") + "/login")
        await page.get_by_label("Work email address").fill(_NIA)
        await page.get_by_role("button", name="Email me a code").click()
        await page.get_by_role("heading", name="from another address").wait_for()
        await nia.view("bad-origin")
        await nia.open("/login")
        await page.evaluate("location.assign('/login/code')")
        await page.get_by_role("heading", name="refuses cookies").wait_for()
        await nia.view("cookies-refused")


async def _waiting_long(browser: Browser, site: Journey, see: See) -> None:
    admin = site.browser()
    await admin.log_in(ADA)
    await admin.auto_add(True)
    await card(site, "declining")
    async with person_at(browser, site, see) as nia:
        await site.browser().sign_up(_NIA, "voice", "Nia Novak")
        with billing_held(site):
            page = await sign_in(nia, _NIA)
            await page.get_by_role("heading", name="is adding a seat").wait_for()
            # Show what the page shows after ten seconds.
            await page.evaluate("document.querySelector('[data-after]').hidden = false")
            await nia.view("waiting-long")
        await page.get_by_role("heading", name="could not be paid for").wait_for()
        await nia.view("blocked-payment")


async def agencys_rare_views(browser: Browser, site: Journey, see: See) -> None:
    """Visit what an admin meets after a removal, a declined card, a dashboard edit that removes seats, and offline."""
    await signed_agency(site, base=3, auto_add=True)
    await joined(site, "Tom", "voice")
    async with person_at(browser, site, see) as ada:
        page = await sign_in(ada, ADA, SETTINGS)
        await ada.view("settings-auto-add-on")
        await ada.open(ACTIVITY)
        await page.get_by_text("Undo").click()
        await ada.view("activity-undo")
        await _removing(ada)
        await _portal(ada)
        await card(site, "declining")
        for first in ("Zoe", "Kim"):
            await joined(site, first, "voice")
        # The next purchase keeps its distance from the previous purchase.
        await site.advance(3)
        await ada.open(BILLING)
        await page.get_by_role("button", name="Try again").wait_for()
        await ada.view("billing-paused")
        await ada.open(MEMBERS)
        await ada.view("members-blocked-for-payment")
        await card(site, "good")
        await site.drain()
        [subscription] = (await site.stripe.get("subscriptions"))["data"]
        await site.stripe.control(f"dashboard/subscriptions/{subscription['id']}", base=0, voice=0)
        await site.publish_stripe_events(subscription["customer"], "customer.subscription.updated")
        await page.locator("#meter-base", has_text="of 0").wait_for()
        await ada.open(BILLING)
        await page.get_by_text("Stripe has fewer seats than are in use").wait_for()
        await ada.view("billing-frozen")
        await _offline(ada, page)


async def _removing(ada: Person) -> None:
    page = await ada.open(MEMBERS)
    await page.get_by_label("More for Ada Park").click()
    await page.get_by_role("link", name="Remove …").click()
    await page.get_by_role("dialog").wait_for()
    await ada.view("remove-only-admin")
    await page.keyboard.press("Escape")
    await joined(ada.site, "Lea", "base")
    await ada.open(MEMBERS)
    await page.get_by_label("More for Lea Novak").click()
    await page.get_by_role("link", name="Remove …").click()
    await page.get_by_role("button", name="Remove Lea Novak").click()
    await page.get_by_text("Lea Novak is removed.").wait_for()
    await ada.view("members-one-removed")
    await ada.open(f"{MEMBERS}?status=removed")
    await ada.view("members-removed")
    await ada.open(f"{MEMBERS}?status=invited")
    await ada.view("members-no-invited")


async def _portal(ada: Person) -> None:
    page = await ada.open(BILLING)
    portal_urls: list[str] = []
    page.context.on(
        "request", lambda request: portal_urls.append(request.url) if f"{BILLING}/portal/" in request.url else None
    )
    async with page.context.expect_page() as opened:
        await page.get_by_role("button", name="Open Billing Portal").click()
    tab = await opened.value
    await tab.wait_for_url(f"{ada.site.stripe.url}/**")
    await tab.close()
    await page.goto(portal_urls[-1])
    await page.get_by_role("heading", name="This way to Stripe was used").wait_for()
    await ada.view("portal-used")


async def _offline(ada: Person, page: Page) -> None:
    await ada.open(MEMBERS)
    await page.context.set_offline(True)
    await page.get_by_text("You are offline.").wait_for()
    await page.get_by_label("Search by name or email").fill("tom")
    await page.get_by_text("This was not sent.").wait_for()
    await ada.view("members-offline")
    await page.context.set_offline(False)
