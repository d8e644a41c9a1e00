"""An end that somebody schedules at Stripe is shown, mailed, logged, part of a quote, and announced a week before.

Source: Stripe's documentation, "Cancel subscriptions"; in flexible mode Stripe may set only `cancel_at`
(get-engram/engram#335, shorebird#3883).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.journeys.test_awaited_payments import add_two, on_account
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    DAY,
    UPDATES,
    customer_of,
    preview,
    quote_seats,
    save_quote,
    signed_in_admin,
    subscription_of,
)

UPDATED = "customer.subscription.updated"


async def in_the_dashboard(journey: Journey, *, ends: bool) -> None:
    path = f"dashboard/subscriptions/{subscription_of(journey)}"
    await journey.stripe.control(path, cancelAtPeriodEnd=ends)


async def by_period_end(journey: Journey, *, ends: bool) -> None:
    flag = "true" if ends else "false"
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", cancel_at_period_end=flag)


async def by_a_date(journey: Journey, *, ends: bool) -> None:
    end = int(journey.clock().timestamp()) + 31 * DAY
    await journey.stripe.post(f"subscriptions/{subscription_of(journey)}", cancel_at=end if ends else "")


Schedule = Callable[..., Awaitable[None]]


async def schedule(journey: Journey, how: Schedule, *, ends: bool) -> None:
    await how(journey, ends=ends)
    await journey.publish_stripe_events(customer_of(journey), UPDATED)


def about_the_end(journey: Journey) -> list[str]:
    return [subject for subject in journey.letterbox.subjects(ADA) if "The subscription of" in subject]


async def page_of(ada: Browser) -> str:
    return (await ada.client.get("/admin/agency/billing")).text


async def lines_of(ada: Browser) -> list[Any]:
    return [line["sentence"] for line in (await ada.get("/activity?kind=money"))["items"] if " end" in line["sentence"]]


@pytest.mark.parametrize("how", [in_the_dashboard, by_period_end, by_a_date])
async def test_an_end_is_shown_mailed_and_logged_when_it_is_set_and_when_it_is_taken_back(
    journey: Journey, how: Schedule
) -> None:
    ada = await signed_in_admin(journey)
    assert (await ada.get("/billing"))["endsAt"] is None
    await schedule(journey, how, ends=True)
    assert (await ada.get("/billing"))["endsAt"].startswith("2026-04-02T")
    assert "The subscription ends on 2 April 2026." in await page_of(ada)
    assert about_the_end(journey) == ["The subscription of Harbor Clinic ends on 2 April"]
    assert await lines_of(ada) == ["The end of the subscription was set at Stripe: it ends on 2 April 2026"]
    await journey.publish_stripe_events(customer_of(journey), UPDATED, UPDATED)
    assert len(about_the_end(journey)) == 1, "the same end is emailed once"
    quote = await quote_seats(ada, 3, 1)
    assert "The subscription ends on 2 April 2026. No seat is paid for after that." in quote["sentence"]
    assert quote["endsAt"].startswith("2026-04-02T")

    await schedule(journey, how, ends=False)
    assert (await ada.get("/billing"))["endsAt"] is None
    assert "The subscription ends on" not in await page_of(ada)
    assert about_the_end(journey)[1:] == ["The subscription of Harbor Clinic goes on"]
    assert (await lines_of(ada))[0] == (
        "The end of the subscription on 2 April 2026 was taken back at Stripe: it goes on"
    )
    stale = await save_quote(ada, quote)
    assert (stale.status_code, stale.json()["code"]) == (409, "quote_stale"), "the end is part of what was quoted"
    await journey.pass_time(30 * DAY, step=5 * DAY)
    assert len(about_the_end(journey)) == 2, "nobody is reminded of an end that was taken back"


async def test_admins_are_reminded_a_week_before_the_end_which_then_comes(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    await schedule(journey, in_the_dashboard, ends=True)
    await journey.pass_time(23 * DAY, step=DAY)
    assert len(about_the_end(journey)) == 1
    await journey.pass_time(2 * DAY, step=DAY)
    assert about_the_end(journey)[1:] == ["The subscription of Harbor Clinic ends in 7 days, on 2 April"]
    [mail] = [mail for mail in journey.letterbox.to(ADA) if "in 7 days" in str(mail["Subject"])]
    assert "On 2 April 2026, people who are Active keep their access" in text_of(mail)
    await journey.pass_time(7 * DAY, step=DAY)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.deleted")
    assert len(about_the_end(journey)) == 3
    assert "was canceled at Stripe" in about_the_end(journey)[2]
    await ada.log_in(ADA)
    assert (await ada.get("/seats"))["frozen"] == "subscription_canceled"


async def test_a_switch_to_annual_says_that_the_subscription_ends_before_the_year_does(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    await schedule(journey, by_a_date, ends=True)
    quoted = await preview(ada, "/billing/cycle-quotes", {"cycle": "annual"})
    assert quoted.status_code == 201
    assert "The subscription ends on 2 April 2026. No seat is paid for after that." in quoted.json()["sentence"]


async def test_a_switch_moves_an_end_with_the_period_and_everybody_reads_the_new_day(journey: Journey) -> None:
    """Until now the quote named the old day, and the mail, the log and the reminder kept it: our own event is not read.

    Source: Stripe's changelog 2025-07-30.basil, "Adds helpers to cancel subscriptions for billing periods with mixed
    intervals": only `cancel_at` resolves to a date at once.
    """
    ada = await signed_in_admin(journey)
    await schedule(journey, by_period_end, ends=True)
    last = await journey.newest_stripe_event()
    quoted = (await preview(ada, "/billing/cycle-quotes", {"cycle": "annual"})).json()
    assert "The subscription ends on 2 March 2027. No seat is paid for after that." in quoted["sentence"]
    switched = await ada.put("/billing/cycle", {"cycle": "annual", "quoteId": quoted["id"]})
    assert switched.status_code == 200
    await journey.deliver_stripe_events(last)
    assert (await ada.get("/billing"))["endsAt"].startswith("2027-03-02T")
    assert about_the_end(journey)[1:] == ["The subscription of Harbor Clinic ends on 2 March"]
    assert (await lines_of(ada))[0] == (
        "The end of the subscription was set at Stripe: it ends on 2 March 2027 instead of 2 April 2026"
    )
    await schedule(journey, by_period_end, ends=False)
    assert (await ada.get("/billing"))["endsAt"] is None
    assert about_the_end(journey)[2:] == ["The subscription of Harbor Clinic goes on"]


async def test_an_end_that_is_set_between_the_reading_and_the_writing_of_a_change_is_known_with_the_change(
    journey: Journey,
) -> None:
    """Its own Stripe event may be lost; until now the end was then mailed only with the next reading."""
    ada = await signed_in_admin(journey)
    quote = await quote_seats(ada, 3, 1)
    made = len(await journey.updates())
    await journey.stripe.fault("slow", path=UPDATES, seconds=0.3)
    saving = journey.later(save_quote(ada, quote))
    while len(await journey.updates()) == made:
        await asyncio.sleep(0.01)
    await in_the_dashboard(journey, ends=True)
    assert (await saving).status_code == 200
    await journey.drain()
    assert (await ada.get("/billing"))["endsAt"].startswith("2026-04-02T")
    assert about_the_end(journey) == ["The subscription of Harbor Clinic ends on 2 April"]
    await schedule(journey, in_the_dashboard, ends=False)
    assert about_the_end(journey)[1:] == ["The subscription of Harbor Clinic goes on"]
    await schedule(journey, in_the_dashboard, ends=True)
    assert about_the_end(journey)[2:] == ["The subscription of Harbor Clinic ends on 2 April"]


async def test_an_end_that_is_set_and_taken_back_while_a_change_waits_for_its_payment_is_reported_both_times(
    journey: Journey,
) -> None:
    # Until now an end was not seen before the payment, which may take the 30 days of a sent invoice.
    ada = await on_account(journey)
    assert (await add_two(ada)).status_code == 202
    await schedule(journey, by_a_date, ends=True)
    assert (await ada.get("/billing"))["endsAt"].startswith("2026-04-02T")
    assert await lines_of(ada) == ["The end of the subscription was set at Stripe: it ends on 2 April 2026"]
    await schedule(journey, by_a_date, ends=False)
    assert (await ada.get("/billing"))["endsAt"] is None
    assert about_the_end(journey) == [
        "The subscription of Harbor Clinic ends on 2 April",
        "The subscription of Harbor Clinic goes on",
    ]
    assert (await ada.get("/seats"))["payment"] is not None, "the change goes on waiting"
