"""Every mail as a phone draws it, light and dark; nothing is loaded, and the text part says all that the other does."""

import re
from html import unescape

import pytest
from playwright.async_api import Browser, Page

from deploy.local.mail_gallery import mail_gallery
from deploy.local.stripe_standin.serving import serving
from services.notifier.domain.shown_people import IN_HTML
from services.notifier.mails.branding import branding
from services.notifier.mails.gallery import gallery
from services.notifier.mails.rendering import RenderedMail
from tests.support.looking import barriers, misfits

pytestmark = pytest.mark.browser
PUBLIC = "https://seats.example"
_MOST_BYTES = 30_000
_PHONE = 390


def figures_of(text: str) -> set[str]:
    """Amounts, counts, codes and dates: what a mail must not say in one part only."""
    return set(re.findall(r"\$?\d[\d,.:]*\d|\d", text))


def links_of(html: str) -> set[str]:
    return {unescape(link) for link in re.findall(r'href="([^"]+)"', html)}


async def test_every_mail_fits_a_phone_is_legible_in_light_and_dark_and_loads_nothing(browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": _PHONE, "height": 844})
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    wrong: list[str] = []
    async with serving(mail_gallery(PUBLIC)) as address:
        for name in gallery(branding("Headcount <no-reply@seats.example>", PUBLIC)):
            requested.clear()
            await page.goto(f"{address}/{name}")
            wrong += [f"{name}: {misfit}" for misfit in await misfits(page)]
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                wrong += [f"{name}, {scheme}: {barrier}" for barrier in await barriers(page, colours_only=True)]
            wrong += [
                f"{name} asked for {url}"
                for url in requested
                if url not in {f"{address}/{name}", f"{address}/favicon.ico"}
            ]
    await page.close()
    assert wrong == []


@pytest.mark.parametrize(("name", "words"), gallery(branding("Headcount <no-reply@seats.example>", PUBLIC)).items())
def test_the_text_part_has_every_figure_and_link_of_the_html_part(name: str, words: RenderedMail) -> None:
    shown = unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", words.html, flags=re.DOTALL))
    # The text names everybody, so its reader counts them. The HTML part states their number, and how many it omits.
    people = words.text.count("@clinic.example")
    assert figures_of(shown) - figures_of(words.text) - {str(people), str(people - IN_HTML)} == set()
    # The text names everybody; the other the first few, and leads to where all stand.
    assert (
        links_of(words.html) - {f"{PUBLIC}/admin/agency/activity"} - set(re.findall(r"https?://[^\s)>]+", words.text))
        == set()
    )
    assert len(words.html.encode()) < _MOST_BYTES


async def test_the_page_of_all_mails_shows_each_with_its_text(browser: Browser) -> None:
    page: Page = await browser.new_page()
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    async with serving(mail_gallery(PUBLIC)) as address:
        await page.goto(address)
        names = list(gallery(branding("Headcount <no-reply@seats.example>", PUBLIC)))
        assert await page.locator("section").count() == len(names)
        assert await page.locator(f'iframe[src="/{names[0]}"]').count() == 1
        assert [url for url in requested if not url.startswith(address)] == []
    await page.close()
