"""A change at a quote's price is made at that price to the cent, or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from contracts.billing import EditOverwritten, QuantitiesRejected, QuantitiesSet, SubscriptionChanged
from contracts.message import Seats
from contracts.rejections import of_code
from contracts.vocabulary import RejectionCode
from tests.services.billing.conftest import DAY, Billing

ANY_SUBSCRIPTION = "/v1/subscriptions/*"


async def outcome(billing: Billing) -> Any:  # noqa: ANN401  an event of any type
    await billing.service.run_tasks()
    (published,) = await billing.published()
    return published.data


async def updates(billing: Billing) -> list[Any]:
    return await billing.stripe.requests("POST", f"/v1/subscriptions/{billing.subscription_id}")


def incidents(what: str) -> float:
    return REGISTRY.get_sample_value("headcount_billing_incidents_total", {"what": what}) or 0.0


async def test_the_card_pays_the_quoted_cents_even_minutes_later(billing: Billing) -> None:
    await billing.open(2, 1)
    billing.service.clock.advance(10 * DAY + 12_345)
    quote = await billing.quote(1, 3)
    billing.service.clock.advance(599)
    command_id = await billing.command((2, 1), (1, 3), quote.quote_id)
    published = await outcome(billing)
    assert isinstance(published, QuantitiesSet)
    assert published.invoice is not None
    assert (published.charged, published.invoice.total, published.total) == (quote.due_now, quote.due_now, quote.total)
    (request,) = await updates(billing)
    assert request["idempotencyKey"] == str(command_id)
    assert request["params"]["proration_behavior"] == "always_invoice"
    assert request["params"]["payment_behavior"] == "error_if_incomplete"
    assert len(request["params"]["items"]) == 2


async def test_a_credit_is_the_quoted_one_and_pays_the_next_change(billing: Billing) -> None:
    await billing.open(3, 1)
    billing.service.clock.advance(11 * DAY)
    less = await billing.quote(2, 1)
    await billing.command((3, 1), (2, 1), less.quote_id)
    published = await outcome(billing)
    assert (published.charged, published.invoice.total) == (0, -less.credit)
    more = await billing.quote(2, 2)
    assert more.from_balance == less.credit
    await billing.command((2, 1), (2, 2), more.quote_id)
    assert (await outcome(billing)).charged == more.due_now


async def test_an_unknown_quote_has_expired_and_causes_no_call(billing: Billing) -> None:
    await billing.open(2, 1)
    command_id = await billing.command((2, 1), (3, 1), uuid4())
    assert await billing.service.run_tasks() == 0
    assert await outcome(billing) == QuantitiesRejected(operation_id=command_id, code=RejectionCode.QUOTE_EXPIRED)


async def test_another_agencys_quote_has_expired(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    await billing.service.pool.execute("UPDATE quotes SET agency_id = $1", uuid4())
    await billing.command((2, 1), (3, 1), quote.quote_id)
    assert (await outcome(billing)).code is RejectionCode.QUOTE_EXPIRED


async def test_after_ten_minutes_a_quote_has_expired(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    billing.service.clock.advance(600)
    await billing.command((2, 1), (3, 1), quote.quote_id)
    assert (await outcome(billing)).code is RejectionCode.QUOTE_EXPIRED


async def test_a_quote_for_other_quantities_is_stale(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    await billing.command((2, 1), (4, 1), quote.quote_id)
    assert (await outcome(billing)).code is RejectionCode.QUOTE_STALE


async def edit_quantity(billing: Billing) -> None:
    """Five Base, billed at once: in flexible billing mode our update credits them only because they were debited."""
    await billing.stripe.control(
        f"dashboard/subscriptions/{billing.subscription_id}", base=5, proration_behavior="always_invoice"
    )


async def edit_and_take_back(billing: Billing) -> None:
    """The quantities are the same as before, and prorations are pending."""
    for base in (5, 2):
        await billing.stripe.control(f"dashboard/subscriptions/{billing.subscription_id}", base=base)


async def give_credit(billing: Billing) -> None:
    assert billing.account is not None
    await billing.stripe.api._stripe.v1.customers.update_async(billing.account.customer_id, {"balance": -100})


async def move_to_another_price(billing: Billing) -> None:
    stripe = billing.stripe.api._stripe.v1
    price = await stripe.prices.create_async(
        {
            "product": "headcount_base",
            "currency": "usd",
            "unit_amount": 2500,
            "recurring": {"interval": "month"},
            "metadata": {"seat_type": "base"},
        }
    )
    items = (await billing.stripe.get(f"subscriptions/{billing.subscription_id}"))["items"]["data"]
    await stripe.subscriptions.update_async(
        billing.subscription_id,
        {"items": [{"id": items[0]["id"], "price": price.id, "quantity": 2}], "proration_behavior": "none"},
    )


async def renew(billing: Billing) -> None:
    """The quote was made five minutes before the month ended."""


@pytest.mark.parametrize("edit", [edit_quantity, edit_and_take_back, give_credit, move_to_another_price, renew])
async def test_any_change_since_the_quote_makes_it_stale_and_nothing_is_sent(
    billing: Billing, edit: Callable[[Billing], Awaitable[None]]
) -> None:
    await billing.open(2, 1)
    billing.service.clock.advance(31 * DAY - 300)
    quote = await billing.quote(3, 1)
    billing.service.clock.advance(1 if edit is not renew else 400)
    await edit(billing)
    sent_before = len(await updates(billing))
    command_id = await billing.command((2, 1), (3, 1), quote.quote_id)
    actual = Seats(base=5 if edit is edit_quantity else 2, voice=1)
    await billing.service.run_tasks()
    *changes, published = await billing.published()
    assert published.data == QuantitiesRejected(operation_id=command_id, code=RejectionCode.QUOTE_STALE, actual=actual)
    is_reported = edit in {edit_quantity, move_to_another_price}
    assert [type(message.data) for message in changes] == ([SubscriptionChanged] if is_reported else [])
    assert len(await updates(billing)) == sent_before


async def test_a_quote_is_good_for_one_change(billing: Billing) -> None:
    await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    await billing.command((2, 1), (3, 1), quote.quote_id)
    await outcome(billing)
    await billing.command((3, 1), (3, 1), quote.quote_id)
    assert (await outcome(billing)).code is RejectionCode.NOTHING_TO_CHANGE
    await billing.command((2, 1), (3, 1), quote.quote_id)
    assert (await outcome(billing)).code is RejectionCode.QUOTE_STALE


async def test_a_new_card_does_not_make_a_quote_stale(billing: Billing) -> None:
    opened = await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    await billing.command((2, 1), (3, 1), quote.quote_id)
    assert isinstance(await outcome(billing), QuantitiesSet)


async def test_a_declined_card_changes_nothing_and_the_quote_stays_valid(billing: Billing) -> None:
    code = RejectionCode.PAYMENT_DECLINED
    opened = await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="declining")
    await billing.command((2, 1), (3, 1), quote.quote_id)
    published = await outcome(billing)
    assert (published.code, published.figures) == (code, of_code(code, "generic_decline"))
    assert await billing.stripe.quantities(billing.subscription_id) == (2, 1)
    await billing.stripe.control(f"customers/{opened.customer_id}/card", kind="good")
    await billing.command((2, 1), (3, 1), quote.quote_id)
    assert (await outcome(billing)).charged == quote.due_now


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "drop_answer", "times": 2},
        {"kind": "slow", "seconds": 0.8},
        {"kind": "rate_limit", "times": 3},
        {"kind": "error", "code": "500", "times": 2},
        {"kind": "error", "code": "500", "after_change": True},
        {"kind": "error", "code": "503", "times": 2},
    ],
    ids=str,
)
async def test_INVARIANT_whatever_goes_wrong_the_quoted_price_is_charged_once(  # noqa: N802
    billing: Billing, fault: dict[str, Any]
) -> None:
    """INVARIANT: lost responses, faults and limits end in one charge of the quoted cents, however late."""
    await billing.open(2, 1)
    billing.service.clock.advance(5 * DAY)
    quote = await billing.quote(4, 2)
    await billing.stripe.fault(path=ANY_SUBSCRIPTION, **fault)
    await billing.command((2, 1), (4, 2), quote.quote_id)
    await billing.persist(seconds=61, tries=9)
    published = await outcome(billing)
    assert isinstance(published, QuantitiesSet)
    assert published.charged == quote.due_now
    assert len(await billing.stripe.invoices(billing.subscription_id)) == 2


async def spend_invoices(billing: Billing, until: int, apart: float) -> int:
    """Buy one Base at a time until this many invoices were made; the number of Base seats."""
    base = 2
    while len(await billing.stripe.invoices(billing.subscription_id)) < until:
        billing.service.clock.advance(apart)
        held = await billing.stripe.api.subscription(billing.subscription_id)
        base += 1
        await billing.stripe.api._stripe.v1.subscriptions.update_async(
            held.id,
            {
                "items": [{"id": held.item_ids[seat], "quantity": base} for seat in held.items if seat == "base"],
                "proration_behavior": "always_invoice",
            },
        )
    return base


async def rejected_at_the_limit(billing: Billing, base: int) -> str:
    quote = await billing.quote(base + 1, 1)
    await billing.command((base, 1), (base + 1, 1), quote.quote_id)
    published = await outcome(billing)
    assert published.code is RejectionCode.INVOICE_LIMIT
    return str(published.figures.as_json()["available_at"])


async def test_at_the_days_limit_the_rejection_names_when_it_passes(billing: Billing) -> None:
    await billing.open(2, 1)
    began = billing.service.clock()
    base = await spend_invoices(billing, 20, apart=60)
    at = await rejected_at_the_limit(billing, base)
    assert at == began.replace(day=began.day + 1).isoformat()


async def test_at_the_minutes_limit_the_rejection_names_when_it_passes(billing: Billing) -> None:
    await billing.open(2, 1)
    began = billing.service.clock()
    base = await spend_invoices(billing, 10, apart=1)
    assert await rejected_at_the_limit(billing, base) == began.replace(minute=began.minute + 1).isoformat()


async def test_an_edit_after_the_check_that_changes_the_charge_is_an_incident(billing: Billing) -> None:
    """Somebody edits the subscription while our update waits at Stripe, which has no compare-and-set."""
    await billing.open(2, 1)
    quote = await billing.quote(3, 1)
    before = incidents("charge_differs")
    await billing.stripe.fault("slow", path=ANY_SUBSCRIPTION, seconds=0.3)
    await billing.command((2, 1), (3, 1), quote.quote_id)
    performing = asyncio.create_task(billing.service.run_tasks())
    while not await updates(billing):
        await asyncio.sleep(0.01)
    newest = await billing.stripe.api.newest_event()
    await edit_quantity(billing)
    await performing
    (published,) = (message.data for message in await billing.published())
    assert (published.before, published.after, published.charged) == (Seats(base=2, voice=1), Seats(base=3, voice=1), 0)
    await billing.events_since(newest)
    (overwritten,) = (message.data for message in await billing.published())
    assert isinstance(overwritten, EditOverwritten)
    assert (overwritten.before, overwritten.edited, overwritten.after) == (
        Seats(base=2, voice=1),
        Seats(base=5, voice=1),
        Seats(base=3, voice=1),
    )
    assert incidents("charge_differs") == before + 1
