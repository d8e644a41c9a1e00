"""What a first view of Members weighs, with a thousand people."""

import re

from contracts import members as events
from contracts import members_agencies
from contracts.vocabulary import BAA_VERSION, BlockedReason, SeatType
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML

MEMBERS = "/admin/agency/members"
PEOPLE = 1_000
HTML_BYTES = 60_000
ALL_BYTES = 85_000
TYPEFACE_BYTES = 30_000


async def test_a_first_view_of_members_with_a_thousand_people_is_light(front: GatewayHarness) -> None:
    await front.agency()
    signed = members_agencies.BaaSigned(
        signer_id=front.admin_id,
        signer_name="Ada Admin",
        signer_title="Owner",
        version=BAA_VERSION,
        signed_at=front.service.clock(),
    )
    await front.handle(signed)
    for number in range(PEOPLE - 1):
        member_id = await front.signed_up(f"clinician.number{number}@harbor.example", f"Clinician Number{number}")
        if number % 25 == 0:
            reason = BlockedReason.NO_SEAT_AVAILABLE
            await front.handle(events.Blocked(member_id=member_id, seat_type=SeatType.VOICE, reason=reason))
        elif number % 2:
            await front.activate(member_id)
    browser = await front.sign_in()
    page = await browser.get(MEMBERS, headers={**HTML, "Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert page.text.count("data-row=") == 50
    assert f'All <span class="n">{PEOPLE}</span>' in page.text
    sent = int(page.headers["content-length"])
    assert sent < HTML_BYTES
    # Cold, nothing cached yet: what the page names, and what its scripts import.
    names = set(re.findall(r'"(/static/[^"]+)"', page.text))
    for name in sorted(names):
        text = (await browser.get(name)).text
        names |= {f"/static/{found}" for found in re.findall(r'"\./([\w-]+\.[0-9a-f]+\.js)"', text)}
    for name in names:
        response = await browser.get(name, headers={"Accept-Encoding": "gzip"})
        sent += int(response.headers["content-length"])
    [typeface] = [await browser.get(name) for name in names if name.endswith(".woff2")]
    assert typeface.headers["content-type"] == "font/woff2"
    assert len(typeface.content) <= TYPEFACE_BYTES
    assert sent <= ALL_BYTES
    print(f"HTML {page.headers['content-length']} bytes, with {len(names)} assets {sent}")  # noqa: T201  measured
