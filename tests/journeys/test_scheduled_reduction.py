"""A reduction waits for the renewal: no credit, the renewal bills fewer seats, and nobody Active loses a seat."""

from datetime import datetime, timedelta
from typing import Any

from contracts.vocabulary import Quantities
from tests.support.journey import Browser, Journey
from tests.support.money import (
    ADA,
    DAY,
    customer_of,
    purchased_seats,
    quote_seats,
    save_seats,
    signed_in_admin,
    subscription_of,
)

UPDATED = "customer.subscription.updated"


async def renewal_of(ada: Browser) -> datetime:
    return datetime.fromisoformat((await ada.get("/billing"))["renewsAt"])


async def pass_until(journey: Journey, at: datetime) -> None:
    """Pass the time in days, with Stripe's events of each."""
    while (left := (at - journey.clock()).total_seconds()) > 0:
        await journey.advance(min(DAY, left))


async def schedule(ada: Browser, base: int, voice: int) -> dict[str, Any]:
    response = await ada.put("/seats/reduction", {"base": base, "voice": voice})
    assert response.status_code == 200, response.text
    scheduled: dict[str, Any] = response.json()
    return scheduled


def about_reductions(journey: Journey) -> list[str]:
    return [subject for subject in journey.letterbox.subjects(ADA) if "renewal on" in subject]


async def sentences(ada: Browser) -> list[str]:
    return [line["sentence"] for line in (await ada.get("/activity"))["items"] if "renewal" in line["sentence"]]


async def renew(journey: Journey, at: datetime) -> None:
    await pass_until(journey, at + timedelta(minutes=5))
    await journey.publish_stripe_events(customer_of(journey), UPDATED)


async def test_the_renewal_bills_fewer_seats_and_nothing_is_credited(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=4)
    renewal, quoted = await renewal_of(ada), await quote_seats(ada, 3, 2)
    scheduled = await schedule(ada, 3, 2)
    assert scheduled == {"at": scheduled["at"], "base": None, "voice": 2}
    assert datetime.fromisoformat(scheduled["at"]) == renewal
    assert "reduces Voice to 2 seats" in (await ada.client.get("/admin/agency/billing")).text

    invoices = await journey.stripe.invoices(subscription_of(journey))
    await pass_until(journey, renewal - timedelta(hours=2))
    assert await purchased_seats(ada) == Quantities(3, 4), "the seats stay until the last hour"
    await pass_until(journey, renewal - timedelta(minutes=30))
    assert await purchased_seats(ada) == Quantities(3, 2)
    assert await journey.stripe.invoices(subscription_of(journey)) == invoices, "nothing was billed or credited"
    await renew(journey, renewal)
    (newest, *_) = await journey.stripe.invoices(subscription_of(journey))
    assert newest["billing_reason"] == "subscription_cycle"
    assert newest["total"] == quoted["newTotal"]["amount"], "the quoted total is the renewal's, to the cent"
    assert (await ada.get("/seats/reduction"))["at"] is None
    assert about_reductions(journey) == ["The seats of Harbor Clinic are reduced for the renewal on 2 April"]
    made, first = await sentences(ada)
    assert first == "Ada Park scheduled a reduction for the renewal on 2 April 2026: Voice to 2 seats"
    assert made.startswith("The seats were reduced for the renewal on 2 April 2026: -2 Voice seats · new total $")


async def test_less_is_reduced_when_more_are_active_and_admins_learn_it_before(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=1)
    await schedule(ada, 1, 1)
    renewal = await renewal_of(ada)
    await journey.browser().join("tom@harbor.example")
    await pass_until(journey, renewal - timedelta(days=6))
    assert about_reductions(journey) == ["The renewal on 2 April can reduce fewer seats of Harbor Clinic"]
    await pass_until(journey, renewal - timedelta(minutes=30))
    assert await purchased_seats(ada) == Quantities(2, 1)
    assert about_reductions(journey)[1:] == [
        "Fewer seats than scheduled were reduced for the renewal on 2 April: Harbor Clinic"
    ]


async def test_a_schedule_is_replaced_taken_back_and_refused_with_a_reason(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=4)
    more = await ada.put("/seats/reduction", {"base": 2, "voice": 5})
    assert (more.status_code, more.json()["code"]) == (409, "not_a_reduction")
    assert "You have 4 Voice seats, and 5 are more." in more.json()["detail"]
    await schedule(ada, 2, 3)
    assert (await schedule(ada, 3, 1))["voice"] == 1
    gone = await ada.ask("DELETE", "/seats/reduction")
    assert (gone.status_code, gone.json()) == (200, {"at": None, "base": None, "voice": None})
    again = await ada.ask("DELETE", "/seats/reduction")
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")
    await pass_until(journey, await renewal_of(ada) - timedelta(minutes=30))
    assert await purchased_seats(ada) == Quantities(3, 4)


async def test_a_renewal_that_moves_takes_the_reduction_along(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=4)
    await schedule(ada, 3, 2)
    before = await renewal_of(ada)
    quote = (await ada.post("/billing/cycle-quotes", {"cycle": "annual"})).json()
    switched = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": quote["id"]})
    assert switched.status_code == 200, switched.text
    await journey.drain()
    after = await renewal_of(ada)
    assert after > before
    assert datetime.fromisoformat((await ada.get("/seats/reduction"))["at"]) == after
    await pass_until(journey, before + timedelta(days=1))
    assert await purchased_seats(ada) == Quantities(3, 4)


async def test_a_renewal_that_came_while_the_service_was_down_is_told_and_reduces_nothing(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=4)
    await schedule(ada, 3, 2)
    renewal = await renewal_of(ada)
    await journey.advance((renewal - journey.clock()).total_seconds() + 600)
    await journey.publish_stripe_events(customer_of(journey), UPDATED)
    assert await purchased_seats(ada) == Quantities(3, 4)
    assert about_reductions(journey) == ["No seats of Harbor Clinic were reduced for the renewal on 2 April"]
    assert (await ada.get("/seats/reduction"))["at"] is None
    assert (await sentences(ada))[0].startswith("Nothing was reduced for the renewal on 2 April 2026")


async def test_a_change_by_hand_meanwhile_leaves_the_rest_to_the_renewal(journey: Journey) -> None:
    ada = await signed_in_admin(journey, base=3, voice=4)
    await schedule(ada, 2, 2)
    await save_seats(ada, 3, 5)
    await pass_until(journey, await renewal_of(ada) - timedelta(minutes=30))
    assert await purchased_seats(ada) == Quantities(2, 2)
