"""GET /billing and the invoices: as billing last published them, for the own agency alone."""

import codecs
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from contracts import billing, billing_payments
from contracts.message import Invoice, Seats
from contracts.payment_vocabulary import InvoiceState, PaymentState
from contracts.seats import CapacityChanged
from contracts.seats_purchases import SeatsAutoAdded, Waiter
from contracts.vocabulary import BillingCycle, ChangedBy, FrozenReason, SeatType
from tests.support.gateway_harness import GatewayHarness
from tests.support.visitor import HTML

PATH = "/api/v1/billing"
RENEWS = datetime(2026, 4, 2, tzinfo=UTC)


def usd(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "usd"}


def plan(**other: object) -> billing.PlanChanged:
    base: dict[str, Any] = {
        "cycle": "monthly",
        "total": 18997,
        "renews_at": RENEWS,
        "payment_state": "ok",
        "discount": 2100,
        "balance": 0,
        "prices": [
            {"seat_type": "base", "quantity": 1, "unit_amount": 3100, "list_amount": 3100},
            {
                "seat_type": "voice",
                "quantity": 3,
                "unit_amount": 5299,
                "list_amount": 5999,
                "next_from": 10,
                "next_unit_amount": 4999,
            },
        ],
        "invoices_today": 3,
        "invoices_renew_at": datetime(2026, 3, 3, tzinfo=UTC),
    }
    return billing.PlanChanged.model_validate({**base, **other})


async def shown(browser: httpx.AsyncClient) -> dict[str, Any]:
    response = await browser.get(PATH)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_right_after_the_opening_the_plan_has_only_the_openings_values(
    front: GatewayHarness,
) -> None:
    await front.agency()
    assert await shown(await front.sign_in()) == {
        "cycle": "monthly",
        "total": usd(100),
        "otherItems": [],
        "otherTotal": usd(0),
        "negotiated": False,
        "endsAt": None,
        "coupons": usd(0),
        "tax": usd(0),
        "card": None,
        "renewsAt": None,
        "paymentState": "ok",
        "discount": None,
        "balance": None,
        "prices": {"base": None, "voice": None},
        "invoicesToday": None,
        "invoicesRenewAt": None,
    }


async def test_the_plan_is_shown_with_prices_tiers_discount_and_balance(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    await front.handle(plan(balance=1234))
    assert await shown(admin) == {
        "cycle": "monthly",
        "total": usd(18997),
        "otherItems": [],
        "otherTotal": usd(0),
        "negotiated": False,
        "endsAt": None,
        "coupons": usd(0),
        "tax": usd(0),
        "card": None,
        "renewsAt": "2026-04-02T00:00:00Z",
        "paymentState": "ok",
        "discount": usd(2100),
        "balance": usd(1234),
        "prices": {
            "base": {
                "quantity": 1,
                "unitAmount": usd(3100),
                "listAmount": usd(3100),
                "nextFrom": None,
                "nextUnitAmount": None,
            },
            "voice": {
                "quantity": 3,
                "unitAmount": usd(5299),
                "listAmount": usd(5999),
                "nextFrom": 10,
                "nextUnitAmount": usd(4999),
            },
        },
        "invoicesToday": 3,
        "invoicesRenewAt": "2026-03-03T00:00:00Z",
    }
    await front.handle(plan(payment_state="past_due", prices=[], invoices_today=0, invoices_renew_at=None))
    later = await shown(admin)
    assert (later["paymentState"], later["invoicesToday"], later["invoicesRenewAt"]) == ("past_due", 0, None)
    assert later["prices"] == {"base": None, "voice": None}


async def test_an_invoice_stops_counting_a_day_after_it_was_made_even_without_an_event(
    front: GatewayHarness,
) -> None:
    await front.agency()
    # It is 9:00 on 2 March; the invoices were made at 8:00 and at 8:30.
    await front.handle(invoice(1, at=datetime(2026, 3, 2, 8, 0, tzinfo=UTC)))
    await front.handle(invoice(2, at=datetime(2026, 3, 2, 8, 30, tzinfo=UTC)))
    await front.handle(plan(invoices_today=2, invoices_renew_at=datetime(2026, 3, 3, 8, 0, tzinfo=UTC)))
    for hours, count, renews in ((0, 2, "2026-03-03T08:00:00Z"), (23, 1, "2026-03-03T08:30:00Z"), (1, 0, None)):
        front.service.clock.advance(hours * 3600)
        now = await shown(await front.sign_in())
        assert (now["invoicesToday"], now["invoicesRenewAt"]) == (count, renews), hours


async def test_a_new_total_or_cycle_shows_as_soon_as_it_is_published_and_the_rest_stays(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    await front.handle(plan())
    more = billing.QuantitiesSet(
        operation_id=uuid4(),
        before=Seats(base=1, voice=3),
        after=Seats(base=1, voice=4),
        charged=1,
        total=24296,
        cycle=BillingCycle.MONTHLY,
    )
    await front.handle(more)
    now = await shown(admin)
    assert (now["total"], now["renewsAt"], now["discount"]) == (usd(24296), "2026-04-02T00:00:00Z", usd(2100))
    annual = billing.CycleSwitched(
        operation_id=uuid4(),
        before=BillingCycle.MONTHLY,
        cycle=BillingCycle.ANNUAL,
        charged=1,
        total_before=24296,
        total=262396,
        renews_at=RENEWS + timedelta(days=365),
    )
    await front.handle(annual)
    now = await shown(admin)
    assert (now["cycle"], now["total"], now["renewsAt"]) == ("annual", usd(262396), "2027-04-02T00:00:00Z")
    cycle = await front.service.pool.fetchval("SELECT cycle FROM agencies WHERE agency_id = $1", front.agency_id)
    assert cycle == "annual"
    external_change = billing.SubscriptionChanged(
        whose=ChangedBy.DASHBOARD, before=Seats(base=1), after=Seats(), cycle=BillingCycle.MONTHLY, total=7
    )
    records = [
        front.service.sender.record(event, front.agency_id) for event in (plan(total=5), annual, external_change)
    ]
    await front.service.handle_records(records)
    now = await shown(admin)
    assert (now["cycle"], now["total"], now["renewsAt"]) == ("monthly", usd(7), "2027-04-02T00:00:00Z")
    assert now["paymentState"] == PaymentState.OK


async def test_unsettled_seats_and_frozen_ones_show_in_the_seats(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    seats = (await admin.get("/api/v1/seats")).json()
    assert (seats["frozen"], seats["base"]["unsettled"], seats["voice"]["unsettled"]) == (None, 0, 0)
    frozen = CapacityChanged(
        purchased=Seats(base=3, voice=2),
        incoming=Seats(),
        waiting=Seats(),
        unsettled=Seats(base=1, voice=2),
        frozen=FrozenReason.SEATS_REDUCED_ELSEWHERE,
    )
    await front.handle(frozen)
    seats = (await admin.get("/api/v1/seats")).json()
    assert (seats["frozen"], seats["base"]["unsettled"], seats["voice"]["unsettled"]) == (
        *("seats_reduced_elsewhere", 1, 2),
    )
    await front.handle(CapacityChanged(purchased=Seats(base=3, voice=2), incoming=Seats(), waiting=Seats()))
    seats = (await admin.get("/api/v1/seats")).json()
    assert (seats["frozen"], seats["voice"]["unsettled"]) == (None, 0)


def invoice(number: int, state: str = "paid", *, total: int = 3120, **other: Any) -> billing_payments.InvoiceChanged:  # noqa: ANN401  any field
    paid = total if state == "paid" else 0
    return billing_payments.InvoiceChanged(
        invoice=Invoice(
            id=f"in_{number}",
            number=f"R-{number:04d}",
            total=total,
            amount_paid=paid,
            url=f"https://invoice.stripe.com/i/{number}",
        ),
        state=InvoiceState(state),
        at=other.pop("at", datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=number)),
        **other,
    )


async def test_invoices_are_listed_newest_first_as_they_stand_now(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    operation = uuid4()
    await front.handle(invoice(1, "open"))
    await front.handle(invoice(2, pdf_url="https://invoice.stripe.com/i/2/pdf", operation_id=operation))
    # The same again, known less of, and paid later: what was known of it stays.
    await front.handle(invoice(1, "paid", at=datetime(2026, 3, 9, tzinfo=UTC)))
    await front.handle(invoice(2, "void"))
    response = (await admin.get(f"{PATH}/invoices")).json()
    assert response["nextCursor"] is None
    assert response["items"] == [
        {
            "id": "in_2",
            "number": "R-0002",
            "date": "2026-03-01T02:00:00Z",
            "total": usd(3120),
            "amountPaid": usd(0),
            "state": "void",
            "url": "https://invoice.stripe.com/i/2",
            "pdfUrl": "https://invoice.stripe.com/i/2/pdf",
            "operationId": str(operation),
            "credited": usd(0),
            "refunded": usd(0),
            "dispute": None,
        },
        {
            "id": "in_1",
            "number": "R-0001",
            "date": "2026-03-01T01:00:00Z",
            "total": usd(3120),
            "amountPaid": usd(3120),
            "state": "paid",
            "url": "https://invoice.stripe.com/i/1",
            "pdfUrl": None,
            "operationId": None,
            "credited": usd(0),
            "refunded": usd(0),
            "dispute": None,
        },
    ]


async def test_two_events_of_one_invoice_in_a_batch_make_one_row(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    batch = [invoice(1, "draft", operation_id=uuid4()), invoice(2), invoice(1, "paid", pdf_url="https://x.example/1")]
    await front.service.handle_records([front.service.sender.record(event, front.agency_id) for event in batch])
    items = (await admin.get(f"{PATH}/invoices")).json()["items"]
    assert [(invoice["id"], invoice["state"]) for invoice in items] == [("in_2", "paid"), ("in_1", "paid")]
    assert items[1]["operationId"] == str(batch[0].operation_id)
    assert items[1]["pdfUrl"] == "https://x.example/1"


async def test_pages_of_invoices_go_on_where_they_were_also_among_those_of_one_moment(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    at = datetime(2026, 3, 1, tzinfo=UTC)
    for number in range(1, 8):
        await front.handle(invoice(number, at=at))
    page = (await admin.get(f"{PATH}/invoices?limit=3")).json()
    seen = [invoice["id"] for invoice in page["items"]]
    await front.handle(invoice(9, at=at + timedelta(days=1)))
    while page["nextCursor"] is not None:
        page = (await admin.get(f"{PATH}/invoices", params={"limit": 3, "cursor": page["nextCursor"]})).json()
        seen += [invoice["id"] for invoice in page["items"]]
    assert seen == [f"in_{number}" for number in range(7, 0, -1)]
    for wrong in ("x", "WzEsMl0=", "WyIyMDI2LTAzLTAxIiwgImEiXQ==", "bnVsbA=="):
        response = await admin.get(f"{PATH}/invoices", params={"cursor": wrong})
        assert (response.status_code, list(response.json()["errors"])) == (422, ["cursor"]), wrong


async def test_invoices_and_plans_are_the_agencys_own_also_when_their_ids_are_the_same(front: GatewayHarness) -> None:
    await front.agency()
    other: UUID = uuid4()
    await front.agency(agency=other, domain="lakeside.example")
    admin = await front.sign_in()
    await front.handle(invoice(1, total=1))
    await front.handle(invoice(1, total=2), agency=other)
    await front.handle(invoice(2, total=2), agency=other)
    await front.handle(plan(total=999), agency=other)
    items = (await admin.get(f"{PATH}/invoices")).json()["items"]
    assert [(invoice["id"], invoice["total"]) for invoice in items] == [("in_1", usd(1))]
    assert (await shown(admin))["total"] == usd(100)
    assert (await admin.get(f"{PATH}/invoices.csv")).text.count("\r\n") == 2


async def test_invoices_are_a_spreadsheet(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    operation = uuid4()
    await front.handle(invoice(1, total=-3120, operation_id=operation, pdf_url="https://invoice.stripe.com/i/1/pdf"))
    response = await admin.get(f"{PATH}/invoices.csv")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="invoices.csv"'
    assert response.content.startswith(codecs.BOM_UTF8), "Excel reads it as UTF-8"
    assert list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))) == [
        {
            "number": "R-0001",
            "date": "2026-03-01T01:00:00Z",
            "total": "-31.20",
            "amount_paid": "-31.20",
            "refunded": "0.00",
            "credited": "0.00",
            "currency": "usd",
            "state": "paid",
            "dispute": "",
            "page": "https://invoice.stripe.com/i/1",
            "pdf": "https://invoice.stripe.com/i/1/pdf",
            "operation_id": str(operation),
            "what_for": "A change of the plan",
        }
    ]


async def test_an_invoice_says_what_it_is_for_in_the_tab_and_in_the_spreadsheet(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    operation, member_id = uuid4(), await front.signed_up()
    made = Invoice(id="in_1", number="R-0001", total=3120, amount_paid=3120)
    await front.handle(
        SeatsAutoAdded(
            operation_id=operation,
            served=(Waiter(member_id=member_id, seat_type=SeatType.VOICE),),
            before=Seats(base=1, voice=0),
            after=Seats(base=1, voice=1),
            charged=3120,
            new_total=11900,
            cycle=BillingCycle.MONTHLY,
            invoice=made,
        )
    )
    await front.handle(invoice(1, operation_id=operation))
    await front.handle(invoice(2, total=-500))
    text = (await admin.get(f"{PATH}/invoices.csv")).content.decode("utf-8-sig")
    reasons = {row["number"]: row["what_for"] for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert reasons == {
        "R-0001": "Auto-Add bought 1 Voice seat for noor@harbor.example",
        "R-0002": "Renewal of the plan",
    }
    page = (await admin.get("/admin/agency/billing", headers=HTML)).text
    assert "Auto-Add bought 1 Voice seat for <bdi" in page
    assert '<span class="badge paid">Paid</span>' in page
    assert '<span class="badge credit">Credit</span>' in page


async def test_more_invoices_than_one_page_are_all_in_the_spreadsheet(front: GatewayHarness) -> None:
    await front.agency()
    admin = await front.sign_in()
    await front.service.pool.execute(
        "INSERT INTO invoices (agency_id, invoice_id, at, total, amount_paid, state)"
        " SELECT $1, 'in_' || n, now(), n, n, 'paid' FROM generate_series(1, 600) n",
        front.agency_id,
    )
    text = (await admin.get(f"{PATH}/invoices.csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 600
    assert {row["total"] for row in rows} == {f"{n // 100}.{n % 100:02d}" for n in range(1, 601)}
