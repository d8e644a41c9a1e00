"""The admin's pages, as somebody without scripts sees them."""

import asyncio
import gzip
import html
import re
from uuid import uuid4

import httpx
import pytest

from contracts import members as events
from contracts import members_agencies
from contracts.billing import BillingCommandRejected, OpenPortal, PlanChanged, PortalOpened
from contracts.members_agencies import SignBaa
from contracts.message import Message, Seats
from contracts.notifier import Send
from contracts.payment_vocabulary import PaymentState
from contracts.seats import AutoAddSet, CapacityChanged, SeatsCommandRejected, SetAutoAdd, SetStepUp, StepUpSet
from contracts.vocabulary import (
    BAA_VERSION,
    BillingCycle,
    BlockedReason,
    FrozenReason,
    MemberStatus,
    RejectionCode,
    SeatType,
)
from hosting.sealing import Sealing
from services.gateway.texts.sign_in import MAILED_AGAIN
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML, Forms, Visitor, undo_of

SETTINGS = "/admin/agency/settings"
AUTO_ADD = f"{SETTINGS}/auto-add"
BAA = f"{SETTINGS}/baa"
BILLING = "/admin/agency/billing"
PORTAL = f"{BILLING}/portal"
KEYS = f"{SETTINGS}/keys"
SIZE = f"{SETTINGS}/step-up"
TABS = ("/admin/agency/members", BILLING, SETTINGS, "/admin/agency/activity")


async def ada(front: GatewayHarness) -> Visitor:
    """The admin, signed in."""
    await front.agency()
    return Visitor(await front.sign_in())


async def press(front: GatewayHarness, person: Visitor, action: str, outcome: Message, **typed: str) -> httpx.Response:
    """Send a form whose command ends so, and follow where it leads."""
    fields = person.fields(action) | typed
    asking = person.browser.post(action, data=fields, headers=HTML)
    kinds: dict[str, type[Message]] = {AUTO_ADD: SetAutoAdd, BAA: SignBaa, PORTAL: OpenPortal, SIZE: SetStepUp}
    response = await front.answered(asking, kinds[action], lambda _order: outcome)
    return await person.open(response.headers["Location"]) if response.is_redirect else response


def signed(front: GatewayHarness) -> members_agencies.BaaSigned:
    return members_agencies.BaaSigned(
        signer_id=front.admin_id,
        signer_name="Ada Admin",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )


@pytest.mark.parametrize("tab", TABS)
async def test_a_visitor_who_is_not_signed_in_signs_in_first_and_comes_back(front: GatewayHarness, tab: str) -> None:
    response = await front.browser().get(f"{tab}?fix=card", headers=HTML)
    assert (response.status_code, response.headers["Location"]) == (303, f"/login?next={tab}%3Ffix%3Dcard")
    written = await front.browser().post(AUTO_ADD, headers=HTML)
    assert written.headers["Location"] == f"/login?next={SETTINGS}"


@pytest.mark.parametrize("tab", TABS)
async def test_a_clinician_on_an_admin_page_sees_that_it_is_only_for_admins(front: GatewayHarness, tab: str) -> None:
    await front.agency()
    await front.activate(await front.signed_up())
    noor = Visitor(await front.sign_in("noor@harbor.example"))
    response = await noor.open(tab)
    assert (response.status_code, "Only for admins" in noor.page) == (403, True)


async def test_the_members_tab_lists_all_members_with_status_and_reason(front: GatewayHarness) -> None:
    person = await ada(front)
    member_id = await front.signed_up(name="Noor <b>Haddad</b>")
    blocked = events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=BlockedReason.PAYMENT_DECLINED)
    await front.handle(blocked)
    await person.open("/admin/agency/members")
    assert "Noor &lt;b&gt;Haddad&lt;/b&gt;" in person.page
    assert "the card was declined" in person.page
    assert "<strong>1</strong> of 3" in person.page
    await person.open("/admin/agency/members?status=blocked")
    assert "noor@<wbr>harbor.example" in person.page
    assert "ada@<wbr>harbor.example" not in person.page
    await person.open("/admin/agency/members?q=nobody-is-called-so")
    assert "Nobody here matches" in person.page


async def test_more_members_than_a_page_holds_are_on_the_next_one(front: GatewayHarness) -> None:
    person = await ada(front)
    for number in range(51):
        await front.signed_up(f"m{number:02}@harbor.example", f"Member {number:02}")
    await person.open("/admin/agency/members?status=pending_login")
    assert "Member 49" in person.page
    assert "Member 50" not in person.page
    more = re.search(r'href="([^"]*page=2[^"]*)"', person.page)
    assert more is not None
    await person.open(more.group(1).replace("&amp;", "&"))
    assert "Member 50" in person.page
    assert (await person.open("/admin/agency/members?page=none-of-ours")).status_code == 200


async def test_auto_add_is_locked_with_its_reason_until_the_baa_is_signed_then_it_is_switched(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    await person.open(SETTINGS)
    assert 'aria-checked="false" aria-labelledby="auto-add" aria-disabled="true"' in person.page
    assert "Locked until the BAA is signed." in person.page
    assert "The BAA is not signed yet" in person.page
    await press(front, person, BAA, signed(front), signer_name="Ada Admin", signer_title="Owner")
    assert "Signed by <strong>Ada Admin</strong>, Owner" in person.page
    assert "aria-disabled" not in person.page
    await person.open(AUTO_ADD)
    assert "Switch Auto-Add ON?" in person.page, "ON asks first, with what a seat costs"
    await press(front, person, AUTO_ADD, AutoAddSet(enabled=True))
    assert 'aria-checked="true"' in person.page
    assert "Auto-Add is ON." in person.page
    assert undo_of(person.page)["enabled"] == "off"
    await press(front, person, AUTO_ADD, AutoAddSet(enabled=False))
    assert 'aria-checked="false"' in person.page
    assert "enabled" not in undo_of(person.page), "the way back to ON asks first"


async def test_a_rejected_switch_shows_the_reason_on_the_page_and_can_be_tried_again(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(AUTO_ADD)
    before = person.fields(AUTO_ADD)["key"]
    asking = asyncio.ensure_future(person.press(AUTO_ADD))
    command = (await front.published(SetAutoAdd)).envelope
    no = SeatsCommandRejected(command_id=str(command.id), command_type=SetAutoAdd.type, code=RejectionCode.BAA_UNSIGNED)
    await front.handle(no, command=command.id)
    await asking
    assert person.at.status_code == 409
    assert "The BAA is not signed" in person.page
    await person.open(AUTO_ADD)
    assert person.fields(AUTO_ADD)["key"] != before


async def test_a_signature_without_a_title_is_rejected_and_the_form_keeps_the_name(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(SETTINGS)
    response = await person.send(BAA, signer_name="Ada Admin", signer_title=" ")
    assert (response.status_code, person.fields(BAA)["signer_name"]) == (422, "Ada Admin")
    assert "Write your title, like" in person.page


async def test_INVARIANT_a_form_that_is_sent_twice_is_one_command(front: GatewayHarness) -> None:  # noqa: N802
    """INVARIANT: a form that is sent twice is one command."""
    person = await ada(front)
    await person.open(AUTO_ADD)
    fields = person.fields(AUTO_ADD) | {"enabled": "off"}
    asking = [
        asyncio.ensure_future(person.browser.post(AUTO_ADD, data=fields, headers=HTML)),
        asyncio.ensure_future(person.browser.post(AUTO_ADD, data=fields, headers=HTML)),
    ]
    command = await front.published(SetAutoAdd)
    await front.handle(AutoAddSet(enabled=False), command=command.envelope.id)
    assert [response.status_code for response in await asyncio.gather(*asking)] == [303, 303]
    assert await front.service.published() == []


async def test_a_slow_write_is_recorded_and_the_page_says_so(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(SETTINGS)
    front.http.gateway.operations.patience = 0.0
    await person.send(AUTO_ADD, enabled="off")
    assert "takes longer than usual" in person.page


async def test_billing_shows_the_seats_and_a_declined_card_with_both_ways_out(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(BILLING)
    assert "3 purchased · 1 active · 2 free" in person.page
    assert "Fix the card" not in person.page
    paused = CapacityChanged(
        purchased=Seats(base=3, voice=1), incoming=Seats(), waiting=Seats(), paused=RejectionCode.PAYMENT_DECLINED
    )
    await front.handle(paused)
    await person.open(BILLING)
    assert "The card was declined" in person.page
    assert "The bank declined the payment and gave no reason." in person.page, "as in the mail"
    assert 'value="payment_method_update"' in person.page
    assert f"{BILLING}/retry" in Forms(person.at.text).forms


async def test_a_page_with_frozen_seats_says_what_that_means_and_what_to_do(front: GatewayHarness) -> None:
    person = await ada(front)
    seats = Seats(base=0, voice=1)
    reason = FrozenReason.SEATS_REDUCED_ELSEWHERE
    await front.handle(CapacityChanged(purchased=seats, incoming=Seats(), waiting=Seats(), frozen=reason))
    await person.open(BILLING)
    assert "Stripe has fewer seats than are in use" in person.page
    assert "Nobody is suspended" in person.page


async def test_seats_in_use_that_were_all_taken_back_at_stripe_fill_the_meter_and_stay_in_the_chart(
    front: GatewayHarness,
) -> None:
    admin = await ada(front)
    await front.handle(
        CapacityChanged(
            purchased=Seats(), incoming=Seats(), waiting=Seats(), frozen=FrozenReason.SEATS_REDUCED_ELSEWHERE
        )
    )
    page = (await admin.open(TABS[0])).text
    assert '<progress aria-labelledby="meter-base-name" value="1" max="1">' in page
    assert '<progress aria-labelledby="meter-voice-name" value="0" max="1">' in page
    billing = (await admin.open(BILLING)).text
    assert "0 purchased and 1 Active today" in billing
    assert "No seats yet." not in billing


def portal_opened(front: GatewayHarness) -> PortalOpened:
    url = "https://billing.stripe.example/p/session?a=1&b=2"
    return PortalOpened(sealed=Sealing(front.settings.sealing_keys).seal({"url": url}))


async def test_the_portal_opens_by_way_of_our_own_page_and_only_once(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(f"{BILLING}?fix=card")
    billing_page = person.at
    await press(front, person, PORTAL, portal_opened(front))
    assert 'content="0; url=https://billing.stripe.example/p/session?a=1&amp;b=2"' in person.page
    assert "form-action 'self';" in person.at.headers["content-security-policy"]
    await person.open(person.at.request.url.path)
    assert "billing.stripe.example" not in person.page
    assert "Open it anew" in person.page
    person.at = billing_page
    await press(front, person, PORTAL, portal_opened(front))
    assert "billing.stripe.example" in person.page, "another click on a page that stayed open opens it again"


async def test_the_billing_page_says_that_the_portal_cannot_be_opened(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(BILLING)
    asking = asyncio.ensure_future(person.press(PORTAL))
    command = (await front.published(OpenPortal)).envelope
    no = BillingCommandRejected(
        command_id=str(command.id), command_type=OpenPortal.type, code=RejectionCode.BILLING_UNAVAILABLE
    )
    await front.handle(no, command=command.id)
    await asking
    assert person.at.status_code == 409
    assert "Stripe does not answer" in person.page


async def test_an_unknown_operation_of_the_portal_is_not_found(front: GatewayHarness) -> None:
    person = await ada(front)
    for operation in (uuid4(), "no-id"):
        assert (await person.open(f"{PORTAL}/{operation}")).status_code == 404


async def test_a_form_of_another_site_is_rejected(front: GatewayHarness) -> None:
    person = await ada(front)
    await person.open(SETTINGS)
    await front.service.published()
    foreign = {**HTML, "Origin": "https://evil.example"}
    response = await person.browser.post(AUTO_ADD, data=person.fields(AUTO_ADD), headers=foreign)
    assert response.status_code == 403
    assert await front.service.published() == []


async def test_every_page_loads_only_what_the_strict_policy_allows_and_no_cache_keeps_it(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    for path in ("/", "/signup", "/login", "/login/0123456789abc", "/welcome", "/nothing", *TABS):
        response = await (Visitor(front.browser()) if path in {"/signup", "/login"} else person).open(path)
        assert response.headers["cache-control"] == "no-store"
        policy = response.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        for inline in ("style=", "<style", "onclick", "javascript:"):
            assert inline not in response.text
        assert re.findall(r"<script(?![^>]* src=\"/static/)", response.text) == []
        assert response.text.count("<h1") == 1


async def test_browsers_keep_static_files_for_ever_under_the_name_of_their_content(front: GatewayHarness) -> None:
    browser = front.browser()
    home = (await browser.get("/", headers=HTML)).text
    found = re.findall(r'"(/static/[^"]+)"', home)
    assert len(found) >= 3
    fonts = {path for path in found if path.endswith(".woff2")}
    for path in {*found} - fonts:
        async with browser.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as response:
            packed = b"".join([part async for part in response.aiter_raw()])
            assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert response.headers["content-encoding"] == "gzip"
        plain = await browser.get(path, headers={"Accept-Encoding": "identity"})
        assert gzip.decompress(packed) == plain.content
    for path in fonts:
        compressed_already = await browser.get(path, headers={"Accept-Encoding": "gzip"})
        assert compressed_already.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in compressed_already.headers
    stale = re.sub(r"\.[0-9a-f]{12}\.", ".000000000000.", found[0])
    assert (await browser.get(stale)).status_code == 404


async def test_an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(front: GatewayHarness) -> None:
    person = Visitor(front.browser())
    assert (await person.open("/nothing")).status_code == 404
    assert "There is no page here" in person.page
    program = await front.browser().get("/nothing")
    assert (program.status_code, program.json()["code"]) == (404, "not_found")
    api = await front.browser().get("/api/v1/nothing", headers=HTML)
    assert api.json()["code"] == "not_found"


async def test_while_the_bus_is_away_a_form_says_so_and_keeps_what_was_typed(front: GatewayHarness) -> None:
    await front.agency()
    person = Visitor(front.browser())
    await person.open("/login")
    front.stalled = 11.0
    response = await person.send("/login", email="ada@harbor.example")
    assert (response.status_code, person.fields("/login")["email"]) == (503, "ada@harbor.example")
    assert "Nothing was recorded" in person.page
    banner = "Changes cannot be saved right now"
    assert banner in person.page
    front.stalled = 0.0
    await person.send("/login", email="ada@harbor.example")
    assert "Check your mail" in person.page
    assert banner not in person.page


async def test_a_fault_is_a_designed_page_and_never_a_raw_error(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.service.pool.close()
    response = await person.open("/admin/agency/members")
    assert response.status_code == 503
    assert "Not available right now" in person.page


@pytest.mark.parametrize("status", list(MemberStatus))
async def test_every_status_explains_itself(front: GatewayHarness, status: MemberStatus) -> None:
    person = await ada(front)
    assert (await person.open(f"/admin/agency/members?status={status.value}")).status_code == 200


async def test_an_admin_who_is_demoted_meanwhile_leaves_the_admin_pages(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.activate(front.admin_id)
    response = await person.open("/admin/agency/members")
    assert response.status_code == 403


async def test_an_unpaid_invoice_is_shown_with_the_way_to_the_card_and_no_button_to_try_again(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    plan = PlanChanged(
        cycle=BillingCycle.MONTHLY,
        total=18_997,
        renews_at=front.service.clock(),
        payment_state=PaymentState.PAST_DUE,
        discount=0,
        balance=0,
        prices=(),
        invoices_today=1,
    )
    await front.handle(plan)
    await person.open(BILLING)
    assert "An invoice is unpaid" in person.page
    assert "Fix the card, and Stripe tries again." in person.page
    assert "$189.97/mo" in person.page
    assert f"{BILLING}/retry" not in Forms(person.at.text).forms, "Auto-Add is not paused, so there is nothing to end"


async def test_without_scripts_a_button_shows_the_price_and_rejects_a_count_that_is_no_number(
    front: GatewayHarness,
) -> None:
    person = await ada(front)
    await person.open(BILLING)
    await person.press(f"{BILLING}/adjust")
    assert person.at.status_code == 422, "nothing is saved without a price"
    response = await person.browser.post(f"{BILLING}/preview", data={"base": "many", "voice": "1"}, headers=HTML)
    assert "Write a whole number, from 0 to 1,000,000." in response.text
    below = await person.browser.post(f"{BILLING}/preview", data={"base": "0", "voice": "1"}, headers=HTML)
    assert "You have 1 Active Base member. Remove members first to free seats." in below.text
    assert [message.type for message in await front.service.published() if "quote" in message.type] == []


async def test_a_form_that_needs_a_fresh_code_asks_for_it_and_keeps_all_that_was_typed(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.handle(signed(front))
    front.service.clock.advance(16 * 60)
    await person.open(SETTINGS)
    fields = {**person.fields(KEYS), "name": "Payroll <export>", "scopes": ["read", "members"], "days": "30"}
    asked = await person.browser.post(KEYS, data=fields, headers=HTML)
    person.at = asked
    assert (asked.status_code, "Enter the code that we emailed you" in person.page) == (403, True)
    await front.http.gateway.code_mails.run_once()
    sent = await front.published(Send, to="ada@harbor.example")
    code = Sealing(front.settings.sealing_keys).open(sent.data.sealed)["code"]
    kept = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', asked.text)
    assert [(name, html.unescape(value)) for name, value in kept] == [
        ("key", fields["key"]),
        ("name", "Payroll <export>"),
        ("scopes", "read"),
        ("scopes", "members"),
        ("days", "30"),
    ]

    def sending(code: str, **more: str) -> dict[str, object]:
        return {**fields, "fresh_code": code, **more}

    wrong = f"{(int(code) + 1) % 10_000:04}"
    for typed, sentence in ((wrong, "You have 4 tries left with it."), ("12", "The code has 4 digits.")):
        person.at = await person.browser.post(KEYS, data=sending(typed), headers=HTML)
        assert sentence in person.page
        assert "Payroll &lt;export&gt;" in person.page
    person.at = await person.browser.post(KEYS, data=sending(f" {code[:2]} {code[2:]} "), headers=HTML)
    assert person.at.status_code == 200
    assert "Payroll &lt;export&gt;: copy the key now" in person.page
    assert "Read, Members" in person.page


async def test_another_code_is_mailed_for_a_form_that_waits_for_one(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.handle(signed(front))
    front.service.clock.advance(16 * 60)
    await person.open(SETTINGS)
    await person.press(KEYS, name="Export", scopes="read")
    again = await person.send(KEYS, fresh_code="", fresh_code_again="yes")
    assert (again.status_code, MAILED_AGAIN in person.page) == (403, True)
    await front.http.gateway.code_mails.run_once()
    await front.published(Send, to="ada@harbor.example")
    newest = await front.published(Send, to="ada@harbor.example")
    code = Sealing(front.settings.sealing_keys).open(newest.data.sealed)["code"]
    await person.send(KEYS, fresh_code=code)
    assert "Export: copy the key now" in person.page


async def test_the_size_of_a_large_change_is_set_on_the_page(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.handle(signed(front))
    await person.open(SETTINGS)
    assert (person.fields(SIZE)["seats"], person.fields(SIZE)["amount"]) == ("10", "500")
    set_to = StepUpSet(seats=3, amount=120_050)
    await press(front, person, SIZE, set_to, seats=" 3 ", amount="$1,200.50")
    assert "A change of more than 3 seats or $1,200.50 needs a code now." in person.page
    assert (person.fields(SIZE)["seats"], person.fields(SIZE)["amount"]) == ("3", "1200.50")
    for typed in ({"seats": "many"}, {"seats": "1001"}, {"amount": "50000.01"}, {"amount": "-1"}, {"amount": "1.5"}):
        response = await person.send(SIZE, **typed)
        assert response.status_code == 422
        assert "Write a" in person.page
        assert next(iter(typed.values())) in person.page


async def test_keys_show_what_they_may_do_and_when_they_end(front: GatewayHarness) -> None:
    person = await ada(front)
    await front.handle(signed(front))
    await person.open(SETTINGS)
    assert "Choose at least one." in (await person.send(KEYS, name="Nothing")).text
    await person.send(KEYS, name="Month", scopes="billing", days="30")
    assert "Soon" not in person.page
    front.service.clock.advance(17 * 24 * 3600)
    person = Visitor(await front.sign_in())
    await person.open(SETTINGS)
    assert '<span class="badge pending_login">Soon</span>' in person.page
    front.service.clock.advance(13 * 24 * 3600)
    person = Visitor(await front.sign_in())
    await person.open(SETTINGS)
    assert '<span class="badge blocked">Expired</span>' in person.page
