"""Stripe's events in any order, some of them twice: everybody reads the same at the end, and reads it once.

Source: Stripe's documentation, "Receive Stripe events in your webhook endpoint": "Event ordering" and "Handle duplicate
events".
"""

from random import Random
from typing import Any

import pytest

from contracts.stripe_events import StripeEvent
from contracts.topics import STRIPE_EVENTS
from tests.support.journey import Browser, Journey
from tests.support.money import (
    ADA,
    DAY,
    assert_all_agree,
    customer_of,
    set_card,
    signed_in_admin,
    subscription_of,
)
from transport.records import Outgoing

ONCE = (
    "billing.payment_failed.v1",
    "billing.payment_recovered.v1",
    "billing.end_scheduled.v1",
    "billing.end_taken_back.v1",
    "billing.payment_reversed.v1",
)


async def events_of_a_story(journey: Journey, ada: Browser) -> list[StripeEvent]:
    """Edits, an end that comes and goes, a renewal that fails and is paid, and a refund; no event has arrived yet."""
    subscription, first = subscription_of(journey), await journey.newest_stripe_event()
    path = f"dashboard/subscriptions/{subscription}"
    await journey.stripe.control(path, base=4)
    await journey.stripe.control(path, cancelAtPeriodEnd=True)
    await journey.stripe.control(path, cancelAtPeriodEnd=False)
    await journey.stripe.control(path, base=3)
    await set_card(journey, "declining")
    # Stripe lists events for thirty days, and the renewal is later than that.
    early, last, _ = await journey.stripe.api.events_after(first)
    journey.clock.advance(29 * DAY)
    await journey.stripe.post(f"customers/{customer_of(journey)}", description="Harbor")
    later, last, _ = await journey.stripe.api.events_after(last)
    journey.clock.advance(2 * DAY + 3700)
    await journey.stripe.control("clock", advanceSeconds=0)
    await set_card(journey, "good")
    invoices = await journey.stripe.invoices(subscription)
    renewal = next(invoice for invoice in invoices if invoice["status"] == "open")
    await journey.stripe.post(f"invoices/{renewal['id']}/pay")
    paid = await journey.stripe.get(f"invoices/{renewal['id']}", **{"expand[]": "payments"})
    intent = paid["payments"]["data"][0]["payment"]["payment_intent"]
    await journey.stripe.post("refunds", payment_intent=intent, amount=500)
    await ada.log_in(ADA)
    late, _, more = await journey.stripe.api.events_after(last)
    assert not more
    return [*early, *later, *late]


async def deliver(journey: Journey, events: list[StripeEvent], rng: Random) -> None:
    """Deliver the events in any order, a third of them twice, a few at a time."""
    shuffled = [*events, *(event for event in events if rng.random() < 1 / 3)]
    rng.shuffle(shuffled)
    for event in shuffled:
        await journey.publish(Outgoing(STRIPE_EVENTS, event.customer_id.encode(), event.model_dump_json().encode(), []))
        if rng.random() < 0.4:
            await journey.drain()
    await journey.drain()


async def state_of(ada: Browser) -> dict[str, Any]:
    seats, billing = await ada.get("/seats"), await ada.get("/billing")
    invoices = (await ada.get("/billing/invoices"))["items"]
    return {
        "seats": (seats["base"]["purchased"], seats["frozen"], seats["owed"], seats["autoAdd"]["paused"]),
        "billing": (billing["total"], billing["paymentState"], billing["endsAt"]),
        "invoices": [(row["state"], row["total"], row["refunded"]) for row in invoices],
    }


@pytest.mark.parametrize("seed", range(2))
async def test_INVARIANT_events_in_any_order_and_twice_lead_to_what_stripe_has_and_are_told_once(  # noqa: N802
    journey: Journey, seed: int
) -> None:
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=True)
    events = await events_of_a_story(journey, ada)
    await deliver(journey, events, Random(seed))
    await journey.pass_time(120, step=10)
    await ada.log_in(ADA)
    state = await state_of(ada)
    assert state["seats"] == (3, None, None, None)
    assert state["billing"][1:] == ("ok", None)
    assert state["invoices"][0][0] == "paid"
    assert sum(refunded["amount"] for _, _, refunded in state["invoices"] if refunded) == 500
    await assert_all_agree(journey, ada)
    assert {kind: count for kind in ONCE if (count := len(journey.published(kind))) > 1} == {}
    subjects = journey.letterbox.subjects(ADA)
    mails, lines = len(subjects), len((await ada.get("/activity"))["items"])
    await deliver(journey, events, Random(seed + 100))
    await journey.pass_time(120, step=10)
    assert (await state_of(ada), len(journey.letterbox.subjects(ADA))) == (state, mails)
    assert len((await ada.get("/activity"))["items"]) == lines, "a redelivery writes no line"
