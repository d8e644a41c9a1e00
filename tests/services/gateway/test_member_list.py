"""The member list: filters, orders, numbered pages and the spreadsheet, over HTTP."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import httpx

from contracts import members as events
from contracts.gateway import SignedIn
from contracts.notifier import MailFailed
from contracts.vocabulary import BlockedReason, MemberStatus, Role, SeatType
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import Visitor

MEMBERS = "/admin/agency/members"
API = "/api/v1/members"


def names_in(page: str) -> list[str]:
    return re.findall(r'<bdi class="name">([^<]+)</bdi>', page)


def link(page: str, label: str) -> str:
    """The address of the link that begins with this label."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>\s*{label}', page)
    assert found is not None, label
    return unescape(found.group(1))


async def people(front: GatewayHarness) -> httpx.AsyncClient:
    """Ada (Base, admin), Bea (Base, Pending login), Cem (Voice, Active), and Zoe (Voice, Blocked)."""
    await front.agency(voice=3)
    await front.signed_up("bea@harbor.example", "Bea Second", SeatType.BASE)
    await front.activate(await front.signed_up("cem@harbor.example", "Cem Third"))
    zoe = await front.signed_up("zoe@harbor.example", "Zoe Last")
    reason = BlockedReason.NO_SEAT_AVAILABLE
    await front.handle(events.Blocked(member_id=zoe, seat_type=SeatType.VOICE, reason=reason))
    return await front.sign_in()


async def listed(admin: httpx.AsyncClient, **shown: str | int) -> list[str]:
    """The first names of all pages of two, and the total that each page gives."""
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await admin.get(API, params={**shown, "limit": 2, **cursor})).json()
        names += [row["name"].split()[0] for row in page["items"]]
        if page["nextCursor"] is None:
            assert page["total"] == len(names)
            return names
        cursor = {"cursor": page["nextCursor"]}


async def test_the_list_is_filtered_by_seat_and_by_role_whether_the_seat_is_held_or_picked(
    front: GatewayHarness,
) -> None:
    admin = await people(front)
    assert await listed(admin) == ["Zoe", "Ada", "Bea", "Cem"]
    assert await listed(admin, seatType="voice") == ["Zoe", "Cem"]
    assert await listed(admin, seatType="base") == ["Ada", "Bea"]
    assert await listed(admin, role="admin") == ["Ada"]
    assert await listed(admin, seatType="voice", role="admin") == []
    assert await listed(admin, seatType="voice", status="active", q="cem") == ["Cem"]


async def test_an_order_goes_on_across_pages_and_the_never_seen_are_the_longest_unseen(front: GatewayHarness) -> None:
    admin = await people(front)
    found = (await admin.get(API, params={"role": "clinician", "q": "cem"})).json()["items"]
    for member_id, hours in ((found[0]["id"], 2), (front.admin_id, 1)):
        at = front.service.clock() + timedelta(hours=hours)
        await front.handle(SignedIn(member_id=member_id, at=at))
    assert await listed(admin, sort="name") == ["Ada", "Bea", "Cem", "Zoe"]
    assert await listed(admin, sort="name_descending") == ["Zoe", "Cem", "Bea", "Ada"]
    assert (await listed(admin, sort="last_seen_descending"))[:2] == ["Cem", "Ada"]
    unseen = await listed(admin, sort="last_seen")
    assert (sorted(unseen[:2]), unseen[2:]) == (["Bea", "Zoe"], ["Ada", "Cem"])


async def test_a_cursor_of_another_order_is_rejected(front: GatewayHarness) -> None:
    admin = await people(front)
    cursor = (await admin.get(API, params={"sort": "name", "limit": 2})).json()["nextCursor"]
    response = await admin.get(API, params={"sort": "last_seen", "cursor": cursor})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["cursor"])


async def test_a_page_says_which_part_of_the_list_it_shows_and_leads_back(front: GatewayHarness) -> None:
    await front.agency()
    for number in range(120):
        await front.signed_up(f"m{number:03}@harbor.example", f"Member {number:03}")
    person = Visitor(await front.sign_in())
    await person.open(MEMBERS)
    assert "1\u201350 of 121" in person.page
    assert "Previous page" not in person.page
    await person.open(link(person.page, "Next page"))
    await person.open(link(person.page, "Next page"))
    assert "101\u2013121 of 121" in person.page
    assert (names_in(person.page)[0], "Next page" in person.page) == ("Member 099", False)
    await person.open(link(person.page, "Previous page"))
    assert "51\u2013100 of 121" in person.page
    await person.open(f"{MEMBERS}?page=99")
    assert "101\u2013121 of 121" in person.page, "beyond the end is the last page"
    await person.open(f"{MEMBERS}?q=member+00")
    assert "1\u201310 of 10" in person.page


async def test_the_address_of_the_page_holds_filters_and_order_and_every_link_keeps_them(front: GatewayHarness) -> None:
    person = Visitor(await people(front))
    await person.open(f"{MEMBERS}?seat=voice&sort=name")
    assert names_in(person.page) == ["Cem Third", "Zoe Last"]
    assert 'aria-sort="ascending"' in person.page
    await person.open(link(person.page, "Name<span"))
    assert (names_in(person.page), 'aria-sort="descending"' in person.page) == (["Zoe Last", "Cem Third"], True)
    sheet = link(person.page, "Export as CSV")
    assert sheet == "/api/v1/members.csv?sort=name_descending&seatType=voice"
    await person.open(f"{MEMBERS}?seat=voice&role=admin")
    assert "Nobody has this seat and role." in person.page
    await person.open(f"{MEMBERS}?seat=gold&role=chief&sort=upside&page=0")
    assert names_in(person.page) == ["Zoe Last", "Ada Admin", "Bea Second", "Cem Third"]


async def test_the_spreadsheet_has_all_who_match_and_no_cell_runs_as_a_formula(front: GatewayHarness) -> None:
    await front.agency(base=400)
    for number in range(260):
        await front.signed_up(f"m{number:03}@harbor.example", f"Member {number:03}", SeatType.BASE)
    await front.activate(await front.signed_up("evil@harbor.example", "=1+1"), Role.ADMIN)
    response = await (await front.sign_in()).get(f"{API}.csv", params={"sort": "name_descending"})
    assert response.headers["content-disposition"] == 'attachment; filename="members.csv"'
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["name"] for row in rows[:2]] == ["Member 259", "Member 258"]
    assert len(rows) == 262
    evil = next(row for row in rows if row["email"] == "evil@harbor.example")
    assert (evil["name"], evil["status"], evil["role"], evil["seat"]) == ("'=1+1", "active", "admin", "voice")
    admins = await (await front.sign_in()).get(f"{API}.csv", params={"role": "admin"})
    assert len(admins.text.splitlines()) == 3


async def test_a_row_of_the_list_is_the_one_that_the_description_promises(front: GatewayHarness) -> None:
    admin = await people(front)
    ida, _ = await front.invite(admin, "ida@m\u00fcller.example")
    reason = "550 5.1.1 No such user here"
    await front.handle(MailFailed(template="invitation", message_id="1", member_id=ida, reason=reason))
    cem = UUID((await admin.get(API, params={"q": "cem"})).json()["items"][0]["id"])
    until = front.service.clock() + timedelta(days=20)
    await front.handle(events.Removed(member_id=cem, before=MemberStatus.ACTIVE, undo_until=until))
    rows = [row for status in MemberStatus for row in (await admin.get(API, params={"status": status})).json()["items"]]
    assert len(rows) == 5
    for row in rows:
        alone = (await admin.get(f"{API}/{row['id']}")).json()
        assert (row, list(row)) == (alone, list(alone)), "the list is written by hand, one member by the model"
