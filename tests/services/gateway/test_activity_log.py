"""The activity log over HTTP: events become lines that are filtered and paged, for the agency's admins alone."""

import codecs
import csv
import io
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts import (
    billing_payments,
    gateway,
    members,
    members_agencies,
    members_erasure,
    members_invitations,
    seats,
    seats_purchases,
)
from contracts.message import Invoice, Message, Seats
from contracts.vocabulary import (
    AUTO_ADD,
    OPERATOR,
    STRIPE,
    Actor,
    BillingCycle,
    BlockedReason,
    MemberStatus,
    RejectionCode,
    Role,
    SeatType,
    member,
)
from hosting.sealing import Sealing
from services.gateway.model.activity import ActivityFilter
from services.gateway.projection.activity.table import LOG
from tests.contracts.golden import golden
from tests.domain.gateway.test_activity import SENTENCES
from tests.support.clock import START
from tests.support.gateway_harness import GatewayHarness

PATH = "/api/v1/activity"
NEWS: dict[str, dict[str, object]] = {
    "members.baa_signed.v1": {"again": False},
    "seats.auto_add_set.v1": {"before": False},
    "billing.invoice_changed.v1": {"operation_id": None},
}
"""Golden events that say that nothing has changed, put so that something has."""
INVOICE = Invoice(id="in_1", number="R-0042", total=3120, amount_paid=3120, url="https://invoice.stripe.com/i/42")


async def handle_event(
    front: GatewayHarness, event: Message, actor: Actor = OPERATOR, *, agency: UUID | None = None
) -> UUID:
    """Handle an event, and return the id of the command that began it."""
    command = uuid4()
    await front.service.handle(event, agency or front.agency_id, actor=actor, correlation_id=command)
    return command


def bought(*served: UUID) -> seats_purchases.SeatsAutoAdded:
    return seats_purchases.SeatsAutoAdded(
        operation_id=uuid4(),
        served=tuple(seats_purchases.Waiter(member_id=member_id, seat_type=SeatType.VOICE) for member_id in served),
        before=Seats(base=3, voice=1),
        after=Seats(base=3, voice=1 + len(served)),
        charged=3120,
        new_total=17996,
        cycle=BillingCycle.MONTHLY,
        invoice=INVOICE,
    )


async def lines(browser: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    response = await browser.get(f"{PATH}{query}")
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def sentences(found: list[dict[str, Any]]) -> list[str]:
    return [line["sentence"] for line in found]


async def test_a_line_names_the_actor_the_members_the_values_before_and_after_and_the_cost(
    front: GatewayHarness,
) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = await front.signed_up()
    front.service.clock.advance(3600)
    purchase = bought(noor)
    await handle_event(front, purchase, AUTO_ADD)
    [line, *_] = await lines(admin)
    assert line.pop("id").isdigit()
    assert line == {
        "at": "2026-03-02T09:00:00Z",
        "kind": "seat",
        "actor": {"kind": "auto_add", "id": None, "name": "Auto-Add"},
        "action": "seats_auto_added",
        "sentence": "Auto-Add bought 1 Voice seat for noor@harbor.example · $31.20 today, invoice R-0042",
        "before": {"base": 3, "voice": 1},
        "after": {"base": 3, "voice": 2},
        "members": [{"id": str(noor), "email": "noor@harbor.example", "name": "Noor Haddad"}],
        "invoice": {
            "id": "in_1",
            "number": "R-0042",
            "total": {"amount": 3120, "currency": "usd"},
            "amountPaid": {"amount": 3120, "currency": "usd"},
            "url": "https://invoice.stripe.com/i/42",
            "discount": {"amount": 0, "currency": "usd"},
            "tax": {"amount": 0, "currency": "usd"},
            "fromBalance": {"amount": 0, "currency": "usd"},
        },
        "returned": None,
        # The command whose id is Stripe's idempotency key, and not the command of the person who clicked or signed in.
        "operationId": str(purchase.operation_id),
    }, "and the time is that of the event, however late it is handled"
    await handle_event(
        front, members.RoleChanged(member_id=noor, before=Role.CLINICIAN, role=Role.ADMIN), member(front.admin_id)
    )
    [line, *_] = await lines(admin)
    assert line["actor"] == {"kind": "member", "id": str(front.admin_id), "name": "Ada Admin"}
    assert (line["before"], line["after"], line["invoice"]) == ({"role": "clinician"}, {"role": "admin"}, None)


async def test_every_logged_event_is_projected_and_read_with_its_sentence(front: GatewayHarness) -> None:
    people = {
        "b001": ("ana@lakeside.example", "Ana Admin"),
        "b002": ("nora@lakeside.example", "Nora Nurse"),
        "b003": ("ole@lakeside.example", "Ole Olsen"),
    }
    for kind in LOG:
        agency, published = uuid4(), golden(kind.type)
        assert published.headers is not None
        await front.service.pool.execute(
            "INSERT INTO agencies (agency_id, name, domain, cycle, locale)"
            " VALUES ($1, 'Lakeside', $2, 'monthly', 'en')",
            agency,
            f"{agency}.example",
        )
        text = json.dumps({**published.data, **NEWS.get(kind.type, {})})
        actor = published.headers["ce_actor"]
        for short, (email, name) in people.items():
            known, fresh = f"019a9f00-0000-7000-8000-00000000{short}", str(uuid4())
            text, actor = text.replace(known, fresh), actor.replace(known, fresh)
            signed_up = members.SignedUp(member_id=UUID(fresh), email=email, name=name, seat_type=SeatType.BASE)
            await handle_event(front, signed_up, agency=agency)
        await handle_event(front, kind.model_validate_json(text), Actor.parse(actor), agency=agency)
        page = await front.http.gateway.reading.activity(agency, ActivityFilter(), None, 1)
        expected = SENTENCES[kind.type]
        if kind is members_erasure.Erased:
            expected = expected.replace(people["b002"][0], "a removed person")
        assert [line.sentence for line in page.items] == [expected]
        assert page.items[0].action == kind.type.split(".")[1]


async def test_an_event_that_changes_nothing_makes_no_line_and_no_stream_event(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = await front.signed_up()
    before = await lines(admin)
    for event in (
        members.RoleChanged(member_id=noor, before=Role.ADMIN, role=Role.ADMIN),
        members.SignUpRejected(member_id=noor, email="noor@harbor.example", status=MemberStatus.PENDING_LOGIN),
        members.LoginRecorded(member_id=noor, status=MemberStatus.PENDING_LOGIN),
        seats.AutoAddSet(enabled=True, before=True),
        seats.CapacityChanged(purchased=Seats(base=3), incoming=Seats(), waiting=Seats()),
    ):
        await handle_event(front, event)
    assert await lines(admin) == before
    parts = {part for row in await front.service.pool.fetch("SELECT parts FROM feed") for part in row["parts"]}
    newest = await front.service.pool.fetchval("SELECT parts FROM feed ORDER BY id DESC LIMIT 1")
    assert "activity" in parts
    assert "activity" not in newest


async def test_a_sign_up_of_a_removed_member_is_logged(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = await front.signed_up()
    await handle_event(
        front, members.Removed(member_id=noor, before=MemberStatus.PENDING_LOGIN), member(front.admin_id)
    )
    await handle_event(
        front,
        members.SignUpRejected(member_id=noor, email="noor@harbor.example", status=MemberStatus.REMOVED),
    )
    assert sentences(await lines(admin))[:2] == [
        "noor@harbor.example signed up again, but was removed: only an invitation lets them back in",
        "Ada Admin removed noor@harbor.example, who was Pending login",
    ]


async def test_lines_are_filtered_by_kind_and_by_actor(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = await front.signed_up()
    ada = member(front.admin_id)
    await handle_event(front, bought(noor), AUTO_ADD)
    await handle_event(front, billing_payments.CardChanged(), STRIPE)
    await handle_event(front, seats.AutoAddSet(enabled=True), ada)
    await handle_event(front, seats.SeatSwapped(member_id=noor, before=SeatType.VOICE, seat_type=SeatType.BASE), ada)

    async def actions(query: str) -> list[str]:
        return [line["action"] for line in await lines(admin, query)]

    assert await actions("?kind=money") == ["card_changed", "seats_auto_added", "account_opened"]
    assert await actions("?kind=seat") == ["seat_swapped", "seats_auto_added"]
    assert await actions("?kind=setting") == ["auto_add_set", "agency_founded"]
    assert await actions("?kind=member") == ["signed_up", "activated"]
    assert await actions(f"?actor={front.admin_id}") == ["seat_swapped", "auto_add_set"]
    assert await actions("?actor=auto_add") == ["seats_auto_added"]
    assert await actions("?actor=stripe&kind=money") == ["card_changed"]
    assert await actions("?actor=stripe&kind=seat") == []
    assert await actions(f"?actor={uuid4()}") == []


async def test_a_bad_filter_or_cursor_is_rejected_with_its_field(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    for wrong in (
        *("actor=nobody", "actor=member", "kind=all", "limit=0", "limit=201"),
        *("cursor=x", "cursor=0", f"cursor={2**63}"),
    ):
        response = await admin.get(f"{PATH}?{wrong}")
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request"), wrong
        assert wrong.partition("=")[0] in response.json()["errors"]


async def test_pages_go_on_where_they_were_while_new_lines_come(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    people = [await front.signed_up(f"p{n}@harbor.example") for n in range(5)]
    page = (await admin.get(f"{PATH}?limit=3")).json()
    seen = sentences(page["items"])
    while page["nextCursor"] is not None:
        await handle_event(front, bought(*people), AUTO_ADD)
        page = (await admin.get(f"{PATH}?limit=3&cursor={page['nextCursor']}")).json()
        seen += sentences(page["items"])
    assert seen == [
        *(f"p{n}@harbor.example signed up for a Voice seat" for n in (4, 3, 2, 1, 0)),
        "ada@harbor.example is Active in a Base seat",
        "The plan began with 3 Base seats and 1 Voice seat for $1.00/mo",
        (
            "Somebody opened Clinic of harbor.example with the auto-join domain harbor.example;"
            " ada@harbor.example is its first admin"
        ),
    ]


async def test_another_agencys_lines_and_people_are_never_shown(front: GatewayHarness) -> None:
    await front.agency()
    other = uuid4()
    await front.agency(agency=other, domain="lakeside.example")
    admin = await front.sign_in()
    theirs = uuid4()
    stranger = members.SignedUp(member_id=theirs, email="x@lakeside.example", name="Xenia", seat_type=SeatType.BASE)
    await handle_event(front, stranger, agency=other)
    assert not [line for line in await lines(admin) if "lakeside" in line["sentence"]]
    assert await lines(admin, f"?actor={theirs}") == []
    # A line of ours that named somebody of theirs would call them nobody.
    await handle_event(
        front, members.RoleChanged(member_id=theirs, before=Role.CLINICIAN, role=Role.ADMIN), member(theirs)
    )
    [line, *_] = await lines(admin)
    assert line["sentence"] == "Somebody became an admin, by their own choice"
    assert line["members"] == []
    assert "lakeside" not in (await admin.get(f"{PATH}.csv")).text


@pytest.mark.parametrize(
    "path", ["activity", "activity.csv", "seats/history", "billing", "billing/invoices", "billing/invoices.csv"]
)
async def test_only_admins_read_the_log_the_seats_by_day_and_the_plan(front: GatewayHarness, path: str) -> None:
    await front.agency()
    noor = await front.signed_up()
    await front.activate(noor)
    for browser, status, code in (
        (front.browser(), 401, "not_signed_in"),
        (await front.sign_in("noor@harbor.example"), 403, "not_an_admin"),
    ):
        response = await browser.get(f"/api/v1/{path}")
        assert (response.status_code, response.json()["code"]) == (status, code)
    admin = await front.sign_in()
    assert (await admin.get(f"/api/v1/{path}")).status_code == 200
    await front.handle(members.RoleChanged(member_id=front.admin_id, before=Role.ADMIN, role=Role.CLINICIAN))
    assert (await admin.get(f"/api/v1/{path}")).json()["code"] == "not_an_admin", "on the next request"


def sheet(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.text.endswith("\r\n")
    assert response.content.startswith(codecs.BOM_UTF8), "Excel reads it as UTF-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


async def test_the_log_is_a_spreadsheet_with_utc_times_and_exact_amounts(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = await front.signed_up()
    purchase = bought(noor)
    await handle_event(front, purchase, AUTO_ADD)
    response = await admin.get(f"{PATH}.csv?kind=money")
    assert response.headers["content-disposition"] == 'attachment; filename="activity.csv"'
    assert response.headers["cache-control"] == "no-store"
    [line, opened] = sheet(response)
    assert line == {
        "at": "2026-03-02T09:00:00Z",
        "kind": "seat",
        "actor": "Auto-Add",
        "action": "seats_auto_added",
        "sentence": "Auto-Add bought 1 Voice seat for noor@harbor.example · $31.20 today, invoice R-0042",
        "before": "base: 3, voice: 1",
        "after": "base: 3, voice: 2",
        "members": "noor@harbor.example",
        "invoice": "R-0042",
        "total": "31.20",
        "discount": "0.00",
        "tax": "0.00",
        "from_balance": "0.00",
        "amount_paid": "31.20",
        "returned": "0.00",
        "currency": "usd",
        "operation_id": str(purchase.operation_id),
    }
    assert (opened["action"], opened["after"], opened["invoice"]) == (
        "account_opened",
        "base: 3, voice: 1, cycle: monthly",
        "",
    )


async def test_no_cell_of_the_spreadsheet_is_run_as_a_formula(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    evil = uuid4()
    name = '=HYPERLINK("https://evil.example","x"),\n+1'
    await handle_event(
        front,
        members.SignedUp(member_id=evil, email="=cmd@harbor.example", name=name, seat_type=SeatType.BASE),
    )
    await front.activate(evil, Role.ADMIN)
    await handle_event(front, seats.AutoAddSet(enabled=True, before=False), member(evil))
    credited = seats_purchases.SeatsAdjusted(
        operation_id=uuid4(),
        before=Seats(base=3),
        after=Seats(base=2),
        charged=0,
        new_total=1,
        cycle=BillingCycle.MONTHLY,
        invoice=Invoice(id="in_2", number="-1+1", total=-3120, amount_paid=0),
    )
    await handle_event(front, credited, member(front.admin_id))
    [credit, switched, *_, signed_up] = [
        row
        for row in sheet(await admin.get(f"{PATH}.csv"))
        if row["action"] not in {"agency_founded", "account_opened"}
    ][:4]
    assert switched["actor"] == f"'{name}"
    assert switched["sentence"] == f"'{name} switched Auto-Add Seats ON"
    assert signed_up["sentence"] == "'=cmd@harbor.example signed up for a Base seat"
    assert signed_up["members"] == "'=cmd@harbor.example"
    assert credit["invoice"] == "'-1+1"
    assert credit["total"] == "-31.20", "a number stays one"
    assert credit["sentence"] == (
        "Ada Admin changed the seats: -1 Base seat · $31.20 credited, invoice -1+1 · new total $0.01/mo"
    )


async def test_a_large_log_is_exported_whole_in_two_queries_a_page_of_it(
    front: GatewayHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await front.agency()
    admin = await front.sign_in()
    await front.service.pool.execute(
        "INSERT INTO activity (agency_id, at, kind, costs, type, actor, operation_id, data)"
        " SELECT $1, $2, 'money', true, 'billing.card_changed.v1', 'stripe', $1, '{}' FROM generate_series(1, 700)",
        front.agency_id,
        START,
    )
    queries: list[str] = []
    fetch = type(front.service.pool).fetch

    async def counted(pool: Any, query: str, *given: Any) -> Any:  # noqa: ANN401  as asyncpg's
        queries.append(query)
        return await fetch(pool, query, *given)

    monkeypatch.setattr(type(front.service.pool), "fetch", counted)
    rows = sheet(await admin.get(f"{PATH}.csv"))
    assert len(rows) == 703
    assert len([query for query in queries if "FROM activity" in query]) == 3
    assert len([query for query in queries if "FROM members WHERE agency_id = $1 AND member_id" in query]) <= 3


async def test_nothing_secret_is_in_the_log(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    sealed = Sealing(front.settings.sealing_keys).seal({"link": "https://seats.example/invite/secret-of-a-link"})
    invited = members_invitations.Invited(
        member_id=uuid4(),
        invitation_id=uuid4(),
        email="guest@elsewhere.example",
        name="Guest",
        seat_type=SeatType.BASE,
        role=Role.CLINICIAN,
        sealed=sealed,
        expires_at=front.service.clock(),
    )
    await handle_event(front, invited, member(front.admin_id))
    assert sentences(await lines(admin))[0] == (
        "Ada Admin invited guest@elsewhere.example, as a clinician, to a Base seat"
    )
    kept = await front.service.pool.fetch("SELECT data::text FROM activity")
    text = " ".join(row["data"] for row in kept)
    assert "guest@elsewhere.example" in text
    assert sealed not in text
    assert "pm_card_visa" not in text


async def test_a_rejected_agency_leaves_no_log(front: GatewayHarness) -> None:
    await front.agency()
    other = uuid4()
    founded = members_agencies.AgencyFounded(
        **{**golden("members.agency_founded.v1").data, "admin_id": uuid4(), "domain": "gone.example"}
    )
    await handle_event(front, founded, agency=other)
    assert await front.service.pool.fetchval("SELECT count(*) FROM activity WHERE agency_id = $1", other) == 1
    await handle_event(front, members_agencies.AgencyRejected(code=RejectionCode.PAYMENT_DECLINED), agency=other)
    assert await front.service.pool.fetchval("SELECT count(*) FROM activity WHERE agency_id = $1", other) == 0


async def test_a_batch_of_events_is_logged_in_order_and_a_repeated_event_once(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    noor = uuid4()
    events: list[Message] = [
        members.SignedUp(member_id=noor, email="noor@harbor.example", name="Noor", seat_type=SeatType.BASE),
        members.Blocked(member_id=noor, seat_type=SeatType.BASE, reason=BlockedReason.NO_SEAT_AVAILABLE),
        members.Activated(member_id=noor, seat_type=SeatType.BASE, role=Role.CLINICIAN, before=MemberStatus.BLOCKED),
    ]
    records = [front.service.sender.record(event, front.agency_id) for event in events]
    records += [front.service.sender.record(gateway.ApiKeyCreated(key_id=uuid4(), name="K"), front.agency_id)]
    await front.service.handle_records(records)
    await front.service.handle_records(records)
    assert sentences(await lines(admin))[:5] == [
        "Somebody created the API key “K”",
        "noor@harbor.example is no longer Blocked, and Active in a Base seat",
        "noor@harbor.example was Blocked: no Base seat was free",
        "noor@harbor.example signed up for a Base seat",
        "ada@harbor.example is Active in a Base seat",
    ]
