"""Calls to Stripe leave one by one from each lane in turn, below the limits of the account and of each endpoint."""

from __future__ import annotations

import asyncio

import pytest

from services.billing.clients.stripe import Paces, StripeApi, StripeFailedError
from services.billing.clients.stripe_http import endpoint_of
from services.billing.clients.stripe_pace import Turns
from services.billing.domain.pace import Pace
from tests.clients.conftest import Agency
from tests.clients.standin import StandIn
from tests.support.stripe_side import KEY


class Hands:
    """A clock that moves only during a pause."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def rest(self, seconds: float) -> None:
        self.now += seconds


async def _order(turns: Turns, clock: Hands, lanes: list[str]) -> list[tuple[str, float]]:
    """The order and the moments in which the calls leave."""
    left: list[tuple[str, float]] = []

    async def call(lane: str) -> None:
        await turns.wait_turn(lane)
        left.append((lane, round(clock(), 3)))

    await asyncio.gather(*(call(lane) for lane in lanes))
    return left


async def test_a_quote_leaves_next_however_many_purchases_wait() -> None:
    clock = Hands()
    left = await _order(Turns(Pace(10), clock, clock.rest), clock, ["money"] * 50 + ["quote"] * 2 + ["portal"])
    assert [lane for lane, _ in left[:6]] == ["money", "quote", "portal", "money", "quote", "money"]
    assert len(left) == 53


async def test_purchases_leave_during_a_flood_of_quotes() -> None:
    clock = Hands()
    left = await _order(Turns(Pace(10), clock, clock.rest), clock, ["quote"] * 50 + ["money"] * 5)
    assert [lane for lane, _ in left[:10]].count("money") == 5


async def test_calls_leave_at_the_pace() -> None:
    clock = Hands()
    left = await _order(Turns(Pace(10), clock, clock.rest), clock, ["money"] * 101)
    assert left[-1][1] == pytest.approx(9.9)


async def test_a_cancelled_call_uses_no_place() -> None:
    clock = Hands()
    turns = Turns(Pace(10), clock, clock.rest)
    gone = asyncio.create_task(turns.wait_turn("quote"))
    await asyncio.sleep(0)
    gone.cancel()
    left = await _order(turns, clock, ["money"] * 3)
    assert [lane for lane, _ in left] == ["money"] * 3


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://api.stripe.com/v1/subscriptions/sub_1Mowqd2eZvKYlo2C", "GET /v1/subscriptions/{id}"),
        ("https://api.stripe.com/v1/invoices/in_1MtHbELkdIwHu7ix/pay", "GET /v1/invoices/{id}/pay"),
        ("https://api.stripe.com/v1/invoices/create_preview", "GET /v1/invoices/create_preview"),
        ("https://api.stripe.com/v1/invoices?limit=1&subscription=sub_1Mowqd2eZvKYlo2C", "GET /v1/invoices"),
        ("https://api.stripe.com/v1/billing_portal/sessions", "GET /v1/billing_portal/sessions"),
    ],
)
def test_calls_about_different_objects_are_calls_to_one_endpoint(url: str, endpoint: str) -> None:
    assert endpoint_of("get", url) == endpoint


@pytest.mark.parametrize(("paces", "is_turned_away"), [(Paces(90, 22), False), (None, True)])
async def test_stripe_rejects_no_call_at_our_pace_per_endpoint(
    standin: StandIn, agency: Agency, paces: Paces | None, is_turned_away: bool
) -> None:
    await standin.control.post("/_control/rate-limit", json={"perSecond": 100})
    api = StripeApi(KEY, standin.url, paces=paces).on("money")
    answers = await asyncio.gather(*(api.subscription(agency.subscription) for _ in range(40)), return_exceptions=True)
    await api.close()
    assert any(isinstance(answer, StripeFailedError) for answer in answers) is is_turned_away


async def test_a_rejected_call_slows_down_only_its_endpoint(standin: StandIn, agency: Agency) -> None:
    paces = Paces(1_000, 1_000)
    await standin.control.post("/_control/rate-limit", json={"perSecond": 100})
    api = StripeApi(KEY, standin.url, paces=paces).on("money")
    await asyncio.gather(*(api.subscription(agency.subscription) for _ in range(40)), return_exceptions=True)
    await api.invoice("in_no_such_one")
    await api.close()
    rates = {endpoint: turns.rate for endpoint, turns in paces._of_each.items()}
    assert rates["GET /v1/subscriptions/{id}"] < 1_000
    assert rates["GET /v1/invoices/{id}"] == 1_000
    assert paces._of_all.rate == 1_000
