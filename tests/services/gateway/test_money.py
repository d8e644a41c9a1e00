"""Previews, seat counts, the cycle and another try: their commands, responses and rejections."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.billing import BillingCommandRejected, CycleSwitched, QuoteCycle, QuoteSeats, SwitchCycle
from contracts.billing_quotes import Quoted, QuoteLine, QuoteRejected, TierOfType
from contracts.message import Command, Invoice, Message, Seats, read_rejection
from contracts.seats import CapacityChanged, SeatsCommandRejected
from contracts.seats_purchases import Adjust, AutoAddResumed, PaymentRetried, RetryPayment, SeatsAdjusted, Waiter
from contracts.vocabulary import BillingCycle, RejectionCode, SeatType, member
from tests.support.gateway_harness import GatewayHarness

QUOTES, SEATS, CYCLE_QUOTES, CYCLE, RETRY = (
    f"/api/v1/{path}" for path in ("seats/quotes", "seats", "billing/cycle-quotes", "billing/cycle", "billing/retry")
)
UNTIL = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)
INVOICE = Invoice(id="in_7", number="R-0042", total=7000, amount_paid=7000, url="https://pay.example/R-0042")
QUOTE = Quoted(
    quote_id=UUID(int=7),
    before=Seats(base=2, voice=1),
    after=Seats(base=1, voice=3),
    cycle_before=BillingCycle.MONTHLY,
    cycle=BillingCycle.MONTHLY,
    due_now=6000,
    credit=0,
    from_balance=1000,
    total_before=11997,
    total=18997,
    lines=(
        QuoteLine(description="Unused time", amount=-5998, seat_type=SeatType.BASE, proration=True, quantity=2),
        QuoteLine(description="Remaining time", amount=12998),
    ),
    tiers=(
        TierOfType(seat_type=SeatType.BASE, quantity=1, unit_amount=3100, list_amount=3100),
        TierOfType(
            seat_type=SeatType.VOICE,
            quantity=3,
            unit_amount=5299,
            list_amount=5999,
            next_from=10,
            next_unit_amount=4999,
        ),
    ),
    expires_at=UNTIL,
)


def usd(cents: int) -> dict[str, Any]:
    return {"amount": cents, "currency": "usd"}


async def signed_in(front: GatewayHarness) -> httpx.AsyncClient:
    await front.agency(base=2, voice=1)
    return await front.sign_in()


def refused(code: RejectionCode, **figures: int | str | None) -> Callable[[Command], Message]:
    """Return a function that makes a rejection of the command; the id matters only where no correlation ends it."""

    def outcome(command: Command) -> Message:
        kind = SeatsCommandRejected if command.topic.startswith("seats") else BillingCommandRejected
        return kind(
            command_id=str(UUID(int=0)), command_type=command.type, code=code, figures=read_rejection(code, figures)
        )

    return outcome


async def run_to_reply(
    front: GatewayHarness,
    request: Any,  # noqa: ANN401  an awaitable
    kind: type[Command],
    outcome: Callable[[Any], Message],
) -> httpx.Response:
    """Like `answered`, but the reply may be a rejection, which names the rejected command."""
    asking = asyncio.ensure_future(request)
    command = await front.published(kind)
    reply = outcome(command.data)
    if isinstance(reply, SeatsCommandRejected | BillingCommandRejected):
        reply = reply.model_copy(update={"command_id": str(command.envelope.id)})
    await front.handle(reply, command=command.envelope.id)
    response: httpx.Response = await asking
    return response


async def test_a_preview_is_stripes_own_in_the_words_of_the_help_page(front: GatewayHarness) -> None:
    admin = await signed_in(front)
    response = await front.answered(admin.post(QUOTES, json={"base": 1, "voice": 3}), QuoteSeats, lambda _: QUOTE)
    assert response.status_code == 201
    published = response.json()
    assert published["change"] == "+2 Voice seats, -1 Base seat"
    assert published["sentence"] == (
        "Change: +2 Voice seats, -1 Base seat. New plan total: $189.97/mo (+$70.00/mo)."
        " Stripe will bill the prorated difference for the rest of this cycle. Your balance pays $10.00 of it."
    )
    assert (published["dueNow"], published["credit"], published["fromBalance"]) == (usd(6000), usd(0), usd(1000))
    assert (published["totalBefore"], published["newTotal"], published["delta"]) == (usd(11997), usd(18997), usd(7000))
    assert (published["id"], published["cycle"], published["mayDiffer"]) == (str(UUID(int=7)), "monthly", usd(0))
    assert (published["before"], published["after"]) == ({"base": 2, "voice": 1}, {"base": 1, "voice": 3})
    assert published["lines"][0] == {
        "description": "Unused time",
        "amount": usd(-5998),
        "seatType": "base",
        "proration": True,
        "quantity": 2,
    }
    assert published["pendingLines"] == []
    assert published["tier"]["voice"] == {
        "quantity": 3,
        "unitAmount": usd(5299),
        "listAmount": usd(5999),
        "nextFrom": 10,
        "nextUnitAmount": usd(4999),
    }
    assert published["tier"]["base"]["nextUnitAmount"] is None
    assert published["expiresAt"] == "2026-03-02T09:10:00Z"


async def test_a_preview_can_be_read_again_by_its_caller_and_by_nobody_else(
    front: GatewayHarness,
) -> None:
    admin = await signed_in(front)
    body, key = {"base": 1, "voice": 3}, {"Idempotency-Key": "once"}
    first = await front.answered(admin.post(QUOTES, json=body, headers=key), QuoteSeats, lambda _: QUOTE)
    assert (await admin.post(QUOTES, json=body, headers=key)).content == first.content
    assert (await admin.post(QUOTES, json={"base": 9, "voice": 3}, headers=key)).json()["code"] == (
        "idempotency_key_reused"
    )
    operation = await front.service.pool.fetchval("SELECT id FROM operations WHERE kind = $1", QuoteSeats.type)
    for _ in range(2):
        read = (await admin.get(f"/api/v1/operations/{operation}")).json()
        assert (read["state"], read["result"]) == ("done", first.json())
    stranger = await front.browser().get(f"/api/v1/operations/{operation}")
    assert stranger.json()["code"] == "unknown_operation"


async def test_of_one_session_the_newest_preview_counts_and_sessions_do_not_meet(front: GatewayHarness) -> None:
    admin, other = await signed_in(front), await front.sign_in()
    sessions = []
    for browser in (admin, admin, other):
        asking = asyncio.ensure_future(browser.post(QUOTES, json={"base": 1, "voice": 3}))
        command = await front.published(QuoteSeats)
        sessions.append(command.data.session)
        await front.handle(QUOTE, command=command.envelope.id)
        await asking
    assert sessions[0] == sessions[1] != sessions[2]
    assert not any(cookie.value in sessions for cookie in admin.cookies.jar), "no token travels on the bus"


async def test_a_preview_that_a_newer_one_replaced_or_that_stripe_would_not_give_is_a_problem(
    front: GatewayHarness,
) -> None:
    admin = await signed_in(front)
    for code in (RejectionCode.SUPERSEDED, RejectionCode.BILLING_UNAVAILABLE):
        reply = QuoteRejected(code=code)
        quotes = admin.post(QUOTES, json={"base": 1, "voice": 3})
        response = await run_to_reply(front, quotes, QuoteSeats, lambda _: reply)  # noqa: B023  called within the loop
        assert (response.status_code, response.json()["code"]) == (409, code)


async def test_a_preview_whose_reply_is_lost_is_a_running_operation_and_can_be_requested_again(
    front: GatewayHarness,
) -> None:
    admin = await signed_in(front)
    front.http.gateway.operations.patience = 0.05
    response = await admin.post(QUOTES, json={"base": 1, "voice": 3})
    assert response.status_code == 202
    assert response.headers["Location"].startswith("/api/v1/operations/")
    assert (await admin.get(response.headers["Location"])).json()["state"] == "running"


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        (QUOTES, "POST", {"base": -1, "voice": 3}),
        (QUOTES, "POST", {"base": "2", "voice": 3}),
        (QUOTES, "POST", {"base": 1}),
        (SEATS, "PUT", {"base": 1, "voice": 3}),
        (SEATS, "PUT", {"base": 1, "voice": 3, "quoteId": "7"}),
        (CYCLE_QUOTES, "POST", {"cycle": "weekly"}),
        (CYCLE, "PUT", {"cycle": "annual"}),
    ],
)
async def test_a_bad_count_cycle_or_quote_is_rejected_with_its_field(
    front: GatewayHarness, path: str, method: str, body: object
) -> None:
    admin = await signed_in(front)
    response = await admin.request(method, path, json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert response.json()["errors"]


async def test_new_seat_counts_are_commanded_at_the_quotes_price_and_the_response_has_the_invoice(
    front: GatewayHarness,
) -> None:
    admin = await signed_in(front)
    asking = asyncio.ensure_future(admin.put(SEATS, json={"base": 1, "voice": 3, "quoteId": str(UUID(int=7))}))
    command = await front.published(Adjust)
    assert command.data == Adjust(after=Seats(base=1, voice=3), quote_id=UUID(int=7))
    assert command.envelope.actor == member(front.admin_id)
    await front.handle(CapacityChanged(purchased=Seats(base=1, voice=3), incoming=Seats(), waiting=Seats()))
    adjusted = SeatsAdjusted(
        operation_id=uuid4(),
        before=Seats(base=2, voice=1),
        after=Seats(base=1, voice=3),
        charged=7000,
        new_total=18997,
        cycle=BillingCycle.MONTHLY,
        invoice=INVOICE,
    )
    await front.handle(adjusted, command=command.envelope.id)
    response = await asking
    assert response.status_code == 200
    published = response.json()
    assert (published["charged"], published["newTotal"], published["cycle"]) == (usd(7000), usd(18997), "monthly")
    assert published["invoice"] == {
        "id": "in_7",
        "number": "R-0042",
        "total": usd(7000),
        "amountPaid": usd(7000),
        "url": "https://pay.example/R-0042",
        "discount": usd(0),
        "tax": usd(0),
        "fromBalance": usd(0),
    }
    assert (published["seats"]["base"]["purchased"], published["seats"]["voice"]["purchased"]) == (1, 3)
    assert published["seats"] == (await admin.get(SEATS)).json()
    assert (published["before"], published["after"]) == ({"base": 2, "voice": 1}, {"base": 1, "voice": 3})
    read = (await admin.get(f"/api/v1/operations/{command.envelope.id}")).json()
    assert (read["state"], read["result"]) == ("done", published)


async def test_a_change_without_an_invoice_has_none(front: GatewayHarness) -> None:
    admin = await signed_in(front)
    adjusted = SeatsAdjusted(
        operation_id=uuid4(),
        before=Seats(base=2, voice=1),
        after=Seats(base=2, voice=0),
        charged=0,
        new_total=5998,
        cycle=BillingCycle.MONTHLY,
    )
    asking = admin.put(SEATS, json={"base": 2, "voice": 0, "quoteId": str(uuid4())})
    response = await front.answered(asking, Adjust, lambda _: adjusted)
    assert response.json()["invoice"] is None


REFUSALS: list[tuple[RejectionCode, dict[str, Any], int, dict[str, Any], str]] = [
    (RejectionCode.BAA_UNSIGNED, {}, 409, {}, "Sign it under Settings"),
    (
        RejectionCode.BELOW_ACTIVE,
        {"seat_type": "voice", "purchased": 5, "active": 5, "requested": 4},
        409,
        {"seatType": "voice", "purchased": 5, "active": 5, "requested": 4},
        "You have 5 Active Voice members. Remove members first to free seats.",
    ),
    (
        RejectionCode.BELOW_ACTIVE,
        {
            "seat_type": "base",
            "purchased": 2,
            "active": 2,
            "requested": 0,
            "add_seat_type": "voice",
            "add": 2,
            "switch": 2,
        },
        409,
        {"addSeatType": "voice", "add": 2, "switch": 2},
        "add 2 Voice seats first, then switch 2 members to Voice in Members, then reduce Base to 0.",
    ),
    (RejectionCode.PURCHASE_UNDER_WAY, {}, 409, {}, "Seats are being bought right now."),
    (RejectionCode.QUOTE_STALE, {}, 409, {}, "Look at the new price and save again."),
    (RejectionCode.QUOTE_EXPIRED, {}, 409, {}, "good for 10 minutes"),
    (RejectionCode.NOTHING_TO_CHANGE, {}, 409, {}, "It is like that already"),
    (
        RejectionCode.PAYMENT_DECLINED,
        {"decline_code": "expired_card"},
        402,
        {"declineCode": "expired_card", "fix": "POST /api/v1/billing/portal-sessions"},
        "The card was declined. The card has expired. Nothing was charged and nothing has changed.",
    ),
    (
        RejectionCode.PAYMENT_ACTION_REQUIRED,
        {},
        402,
        {"fix": "POST /api/v1/billing/portal-sessions"},
        "nothing has changed",
    ),
    (RejectionCode.PAST_DUE, {}, 402, {"fix": "POST /api/v1/billing/retry"}, "An earlier invoice is unpaid"),
    (
        RejectionCode.INVOICE_LIMIT,
        {"available_at": "2026-03-03T09:05:00+00:00"},
        409,
        {"availableAt": "2026-03-03T09:05:00+00:00"},
        "until 09:05 UTC on 3 March.",
    ),
    (
        RejectionCode.BILLING_UNAVAILABLE,
        {"frozen": "subscription_canceled"},
        409,
        {"frozen": "subscription_canceled"},
        "The subscription was canceled at Stripe",
    ),
    (RejectionCode.INTERNAL_ERROR, {}, 500, {}, "nothing is half done"),
]
"""Code, figures on the bus, status, figures over HTTP, and what the sentence says."""


async def test_each_refusal_of_a_change_has_its_status_its_figures_and_its_sentence(front: GatewayHarness) -> None:
    admin = await signed_in(front)
    for code, figures, status, shown, says in REFUSALS:
        body = {"base": 1, "voice": 3, "quoteId": str(uuid4())}
        response = await run_to_reply(front, admin.put(SEATS, json=body), Adjust, refused(code, **figures))
        published = response.json()
        assert (response.status_code, published["code"]) == (status, code)
        assert {name: published[name] for name in shown} == shown
        assert says in published["detail"], published["detail"]


ANNUAL = QUOTE.model_copy(
    update={
        "after": QUOTE.before,
        "cycle": BillingCycle.ANNUAL,
        "total": 129566,
        "due_now": 120000,
        "from_balance": 0,
        "may_differ": 12,
        "pending": (QuoteLine(description="Earlier", amount=3120, proration=True),),
    }
)


async def test_a_preview_of_the_other_cycle_has_todays_cost_and_its_tolerance(
    front: GatewayHarness,
) -> None:
    admin = await signed_in(front)
    response = await front.answered(admin.post(CYCLE_QUOTES, json={"cycle": "annual"}), QuoteCycle, lambda _: ANNUAL)
    assert response.status_code == 201
    published = response.json()
    assert published["change"] == "monthly to annual billing"
    assert (published["cycleBefore"], published["cycle"], published["delta"]) == (
        "monthly",
        "annual",
        usd(129566 - 12 * 11997),
    )
    assert (published["mayDiffer"], published["pendingLines"][0]["amount"]) == (usd(12), usd(3120))
    assert "It may differ by up to $0.12" in published["sentence"]
    assert "That includes $31.20 for seats added earlier" in published["sentence"]


async def test_the_other_cycle_is_commanded_at_the_quotes_price_and_the_response_has_the_invoice(
    front: GatewayHarness,
) -> None:
    admin = await signed_in(front)
    command = SwitchCycle(cycle=BillingCycle.ANNUAL, quote_id=UUID(int=7))

    def switched(given: SwitchCycle) -> CycleSwitched:
        assert given == command
        return CycleSwitched(
            operation_id=uuid4(),
            before=BillingCycle.MONTHLY,
            cycle=BillingCycle.ANNUAL,
            charged=120000,
            total_before=11997,
            total=129566,
            renews_at=datetime(2027, 3, 2, 9, tzinfo=UTC),
            invoice=INVOICE,
        )

    body = {"cycle": "annual", "quoteId": str(UUID(int=7))}
    response = await front.answered(admin.put(CYCLE, json=body), SwitchCycle, switched)
    assert response.status_code == 200
    published = response.json()
    assert (published["cycle"], published["charged"], published["newTotal"]) == ("annual", usd(120000), usd(129566))
    assert (published["renewsAt"], published["invoice"]["number"]) == ("2027-03-02T09:00:00Z", "R-0042")
    assert (await admin.get("/api/v1/billing")).json()["cycle"] == "annual"
    late = await run_to_reply(front, admin.put(CYCLE, json=body), SwitchCycle, refused(RejectionCode.QUOTE_EXPIRED))
    assert (late.status_code, late.json()["code"]) == (409, "quote_expired")


async def test_another_try_names_the_members_for_whom_seats_are_bought(front: GatewayHarness) -> None:
    admin = await signed_in(front)
    noor = await front.signed_up()
    joined = PaymentRetried(joined=(Waiter(member_id=noor, seat_type=SeatType.VOICE),))
    response = await front.answered(admin.post(RETRY), RetryPayment, lambda _: joined)
    assert (response.status_code, response.json()["joined"]) == (200, [str(noor)])
    assert response.json()["joinedCount"] == 1
    assert response.json()["seats"]["autoAdd"]["paused"] is None
    again = await run_to_reply(front, admin.post(RETRY), RetryPayment, refused(RejectionCode.NOTHING_TO_CHANGE))
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")


async def test_only_its_own_end_ends_another_try_and_not_that_of_the_pause(front: GatewayHarness) -> None:
    admin = await signed_in(front)
    front.http.gateway.operations.patience = 0.2
    asking = asyncio.ensure_future(admin.post(RETRY))
    command = (await front.published(RetryPayment)).envelope.id
    await front.handle(AutoAddResumed(), command=command)
    await front.handle(PaymentRetried(), command=uuid4())
    assert (await asking).status_code == 202
