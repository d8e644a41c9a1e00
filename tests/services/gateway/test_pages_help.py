"""The help center: both pages whole, open to everybody, found by their words, and linked from every page."""

import pytest

from services.gateway.pages.help_text import help_pages
from services.gateway.texts import help as help_texts
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Visitor


async def test_each_help_page_is_shown_whole_to_people_who_are_not_signed_in(front: GatewayHarness) -> None:
    person = Visitor(front.browser())
    assert (await person.open("/help")).status_code == 200
    for page in help_pages():
        assert f'<a href="/help/{page.name}">{page.title}</a>' in person.page
    for page in help_pages():
        shown = await Visitor(front.browser()).open(f"/help/{page.name}")
        assert shown.status_code == 200
        for section in page.sections:
            assert section.html in shown.text
            assert f'id="{section.anchor}"' in shown.text
    assert (await person.open("/help/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("cap auto-add", "/help/auto-add-seats#faq"),
        ("unused annual prepayment", "/help/managing-seats-and-billing#switch-between-monthly-and-annual"),
    ],
)
async def test_a_search_leads_to_the_section(front: GatewayHarness, q: str, found: str) -> None:
    person = Visitor(front.browser())
    await person.open(f"/help?q={q}")
    assert f'href="{found}"' in person.page
    await person.open("/help?q=zebra <b>")
    assert "Nothing matches “zebra &lt;b&gt;”" in person.page


def test_the_pages_links_lead_to_sections_that_exist() -> None:
    anchors = {f"/help/{page.name}#{section.anchor}" for page in help_pages() for section in page.sections}
    linked = {
        link.split('"')[0]
        for page in help_pages()
        for section in page.sections
        for link in section.html.split('href="')[1:]
    }
    assert {link for link in linked if "#" in link and link.startswith("/help")} <= anchors
    assert {link.partition("#")[0] for link in linked if link.startswith("/help/")} <= {
        f"/help/{page.name}" for page in help_pages()
    }


async def test_every_page_links_to_help_and_to_the_addresses_that_the_operator_gives(front: GatewayHarness) -> None:
    person = Visitor(front.browser())
    for address in ("/login", "/signup", "/nothing", "/help"):
        await person.open(address)
        assert '<a href="/help">Help</a>' in person.page
        assert '<a href="mailto:help@seats.example">Support</a>' in person.page
        assert '<a href="https://seats.example/privacy" rel="noreferrer">Privacy</a>' in person.page
        assert ">Status<" not in person.page, "the operator gives no status page"
    assert "we respond personally within 24 hours" in person.page


def test_each_link_beside_an_action_leads_to_a_section_that_exists() -> None:
    pages = {f"/help/{page.name}" for page in help_pages()}
    anchors = {f"/help/{page.name}#{section.anchor}" for page in help_pages() for section in page.sections}
    assert {link.address for link in help_texts.LINKS} <= pages | anchors
