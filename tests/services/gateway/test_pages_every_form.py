"""Every form of the pages: what fails or is rejected leaves a page with each typed word, and the note beside the form.

The table of `every_form.py` is compared with the routes of the application and with the templates: a form that it
lacks fails.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.routing import Match, Route

from contracts import members as events
from contracts import members_agencies
from contracts.vocabulary import BAA_VERSION, BlockedReason, SeatType
from services.gateway.api.request import API
from services.gateway.pages.failures import PAGE_OF_FORM
from tests.support.every_form import BAA, BILLING, FORMS, MEMBERS, Form
from tests.support.gateway_harness import PUBLIC, GatewayHarness
from tests.support.visitor import HTML, Forms

TEMPLATES = Path(__file__).parents[3] / "services" / "gateway" / "templates"


class Page(HTMLParser):
    """What the forms of a page hold, also in boxes and dropdowns, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.actions: set[str] = set()
        self.values: set[str] = set()
        self.links: set[str] = set()
        self._in_text = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._in_text = tag == "textarea"
        if tag == "form":
            self.actions.add(attributes.get("action", "").partition("?")[0])
        self.actions |= {attributes[name] for name in ("formaction", "hx-post") if name in attributes}
        self.links |= {
            attributes[name].partition("?")[0].partition("#")[0] for name in ("href", "hx-get") if name in attributes
        }
        is_off = attributes.get("type") in {"radio", "checkbox"} and "checked" not in attributes
        if (tag == "input" and not is_off) or (tag == "option" and "selected" in attributes):
            self.values.add(attributes.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._in_text:
            self.values.add(data.strip())


@dataclass(frozen=True)
class Scene:
    """An agency with an Active and a Blocked member, its admin who is signed in, and a stranger in the middle of it."""

    front: GatewayHarness
    admin: httpx.AsyncClient
    stranger: httpx.AsyncClient
    ids: Mapping[str, str]

    def filled(self, text: str) -> str:
        for name, value in self.ids.items():
            text = text.replace(name, value)
        return text

    async def send(
        self, address: str, typed: Mapping[str, str], *, in_place: bool = False
    ) -> tuple[httpx.Response, dict[str, str]]:
        """Send a form with a key; return the answer, and what was sent."""
        browser = self.stranger if FORMS[address].stranger else self.admin
        sent = {"key": "of-this-form"} | {name: self.filled(value) for name, value in typed.items()}
        headers = HTML | ({"Headcount-In-Place": "1"} if in_place else {})
        return await browser.post(self.filled(address), data=sent, headers=headers), sent


async def sign_the_baa(front: GatewayHarness) -> None:
    signature = members_agencies.BaaSigned(
        signer_id=front.admin_id,
        signer_name="Ada Admin",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )
    await front.handle(signature)


async def scene(front: GatewayHarness) -> Scene:
    await front.agency()
    member = await front.signed_up("tom@harbor.example", "Tom Active")
    await front.activate(member)
    blocked = await front.signed_up("bea@harbor.example", "Bea Blocked")
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await front.handle(events.Blocked(member_id=blocked, seat_type=SeatType.VOICE, reason=reason))
    await front.sign_in()
    admin = await front.sign_in()
    _, invitation = await front.invite(admin)
    link = (await front.mailed(front.browser("203.0.113.11"), "ada@harbor.example"))["link"]
    stranger = front.browser("203.0.113.10")
    await stranger.post("/login", data={"email": "tom@harbor.example"}, headers=HTML)
    await front.http.gateway.code_mails.run_once()
    listed = Forms((await admin.get("/sessions", headers=HTML)).text).forms["/sessions/end"]
    ids = {
        "/login/{token}": link.removeprefix(PUBLIC),
        "{token}": invitation,
        "{member:uuid}": str(member),
        "{member}": str(member),
        "{blocked}": str(blocked),
        "{session}": listed.get("id", ""),
        "{list}": str(blocked),
        "{key}": str(blocked),
    }
    return Scene(front, admin, stranger, ids)


def page_routes(front: GatewayHarness, method: str) -> list[Route]:
    routes = [route for route in front.http.app.router.routes if isinstance(route, Route)]
    return [route for route in routes if method in (route.methods or ()) and not route.path.startswith((API, "/{path"))]


def actions_of_templates() -> Iterator[tuple[str, str]]:
    for template in sorted(TEMPLATES.glob("*.html")):
        for action in re.findall(r'(?:\baction|formaction|hx-post)="([^"]*)"', template.read_text()):
            if action.startswith(("/", "{{")):
                yield template.name, action


async def test_the_table_names_every_form_of_the_routes_and_of_the_templates(front: GatewayHarness) -> None:
    assert {route.path for route in page_routes(front, "POST")} == FORMS.keys()
    get = {route.path for route in page_routes(front, "GET")}
    for template, action in actions_of_templates():
        pattern = re.compile(re.sub(r"\\\{\\\{.*?\\\}\\\}", ".*", re.escape(action)))
        assert any(pattern.fullmatch(address) for address in FORMS.keys() | get), (template, action)


def leads_to_a_page(front: GatewayHarness, path: str) -> bool:
    """Whether a GET of this address shows something: the address of a form alone only leads on."""
    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    found = [route for route in page_routes(front, "GET") if route.matches(scope)[0] is Match.FULL]
    return bool(found) and found[0].name != PAGE_OF_FORM


async def check_links(front: GatewayHarness, answer: httpx.Response) -> None:
    for link in Page(answer.text).links:
        if link.startswith("/") and not link.startswith((API, "/static", "/docs")):
            assert leads_to_a_page(front, link), (answer.request.url, link)


async def check_rejected(at: Scene, address: str, form: Form, rejected: Mapping[str, str]) -> None:
    answer, sent = await at.send(address, rejected)
    page = Page(answer.text)
    assert answer.status_code in form.statuses, (address, answer.status_code)
    assert at.filled(form.shown_in or address) in page.actions, (address, page.actions)
    assert form.says in answer.text, address
    typed = {value.strip() for name, value in sent.items() if name not in form.hidden} - {""}
    assert typed <= page.values, (address, typed - page.values)
    assert sent["key"] not in page.values, "another request has another key"
    await check_links(at.front, answer)


async def test_what_a_forms_limits_reject_stays_in_its_fields_with_the_note_beside_it(front: GatewayHarness) -> None:
    at = await scene(front)
    rejected = {address: (form, form.rejected) for address, form in FORMS.items() if form.rejected is not None}
    await check_rejected(at, BAA, *rejected.pop(BAA))
    await sign_the_baa(front)
    for address, (form, typed) in rejected.items():
        await check_rejected(at, address, form, typed)


ANSWERS_WITH = """
CREATE OR REPLACE FUNCTION fails() RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a fault of a test' USING ERRCODE = '{}'; END $$"""
FAILS = """
ALTER TABLE {0} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fails ON {0} USING (fails()) WITH CHECK (fails())"""
WITHOUT_THE_BUS = {
    "/logout",
    "/sessions/end",
    "/sessions/end-others",
    f"{MEMBERS}/let-in",  # rejected as stale: the seats are fewer than those who are let in need
    f"{MEMBERS}/select",
    f"{MEMBERS}/change",
    f"{MEMBERS}/exchange",  # rejected: one person alone exchanges nothing
    f"{MEMBERS}/invite-many/send",
    f"{MEMBERS}/invite-many/{{list}}",
    f"{MEMBERS}/{{member:uuid}}/end-sessions",
    f"{BILLING}/preview",
}
"""Forms that send no command with these words: they work, or show a price that is missing, while the bus is away."""
WRITTEN_FIRST = ("operations", "login_codes", "invitations", "invitation_lists", "api_keys")
READ_FIRST = ("sessions", "agencies", "members")


async def failed_forms(at: Scene, status: int, forms: Mapping[str, Form]) -> set[str]:
    """The forms that fail now; each shows all that was sent, and can be sent again as it was."""
    failed = set()
    for address, form in forms.items():
        answer, sent = await at.send(address, form.typed)
        if answer.status_code != status:
            continue
        assert Forms(answer.text).forms[at.filled(address)] == sent, address
        assert "Try again" in answer.text, address
        await check_links(at.front, answer)
        note, _ = await at.send(address, form.typed, in_place=True)
        assert (note.status_code, note.headers["Headcount-Note"], "<html" in note.text) == (status, "failed", False)
        failed.add(address)
    return failed


@pytest.mark.parametrize(("sqlstate", "status"), [("53200", 503), ("42P17", 500)], ids=["away", "fault"])
async def test_a_form_that_the_database_fails_keeps_its_words_and_its_key(
    front: GatewayHarness, sqlstate: str, status: int
) -> None:
    at = await scene(front)
    await sign_the_baa(front)
    left = dict(FORMS)
    await front.service.alter(ANSWERS_WITH.format(sqlstate))
    left.pop("/logout")
    for tables in (WRITTEN_FIRST, READ_FIRST):
        for table in tables:
            await front.service.alter(FAILS.format(table))
        failed = await failed_forms(at, status, left)
        left = {address: form for address, form in left.items() if address not in failed}
    assert not left


async def test_a_form_that_the_bus_fails_keeps_its_words_and_its_key(front: GatewayHarness) -> None:
    at = await scene(front)
    await sign_the_baa(front)
    front.stalled = 11.0
    forms = {address: form for address, form in FORMS.items() if address not in WITHOUT_THE_BUS}
    assert await failed_forms(at, 503, forms) == forms.keys()
