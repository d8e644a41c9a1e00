"""Trouble at Stripe: in the end one charge, the right people Active, nothing doubled, nobody Blocked for it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.support.journey import Browser, Journey, text_of

ADA = "ada@harbor.example"
PEOPLE = [f"clinician{n}@harbor.example" for n in range(3)]
UPDATES = "/v1/subscriptions/*"
DAY = 24 * 3600


async def signed_in_admin(journey: Journey) -> Browser:
    await journey.open_agency(base=1)
    ada = journey.browser()
    await ada.log_in(ADA)
    await ada.sign_baa()
    await ada.auto_add(True)
    return ada


async def everyone_logs_in(journey: Journey) -> None:
    """Sign everybody in at once; the browsers leave before the responses, which come when Stripe responds."""
    browsers = [journey.browser() for _ in PEOPLE]
    for browser, address in zip(browsers, PEOPLE, strict=True):
        await browser.sign_up(address)
        await browser.post("/login-codes", {"email": address})
    await journey.drain()
    signing_in = [
        asyncio.create_task(
            browser.client.post("/api/v1/sessions", json={"email": address, "code": journey.letterbox.code(address)})
        )
        for browser, address in zip(browsers, PEOPLE, strict=True)
    ]
    before = len(journey.published("members.first_login.v1"))
    await journey.until_published("members.first_login.v1", before + len(PEOPLE))
    await journey.drain()
    for task in signing_in:
        task.cancel()
    await asyncio.gather(*signing_in, return_exceptions=True)


async def response_lost(journey: Journey) -> None:
    await journey.stripe.fault("drop_answer", path=UPDATES)


async def silent_for_a_minute(journey: Journey) -> None:
    await journey.stripe.fault("slow", method=None, path="/v1/*", times=1000, seconds=3)


async def busy(journey: Journey) -> None:
    await journey.stripe.fault("rate_limit", path=UPDATES, times=4)


async def broken(journey: Journey) -> None:
    """Stripe replays this error for the same idempotency key."""
    await journey.stripe.fault("error", path=UPDATES, times=4)


async def away(journey: Journey) -> None:
    """No endpoint ran and Stripe kept no result, so the same idempotency key works later."""
    await journey.stripe.fault("error", path=UPDATES, code="503", times=4)


async def lost_then_broken_then_busy(journey: Journey) -> None:
    await journey.stripe.fault("drop_answer", path=UPDATES)
    await journey.stripe.fault("error", method="GET", path=UPDATES, times=2)
    await journey.stripe.fault("rate_limit", method="GET", path=UPDATES, times=2)


@pytest.mark.parametrize(
    "trouble",
    [response_lost, silent_for_a_minute, busy, broken, away, lost_then_broken_then_busy],
    ids=lambda function: function.__name__,
)
async def test_trouble_at_stripe_ends_with_one_charge_and_the_right_people_active(
    journey: Journey, trouble: Callable[[Journey], Awaitable[None]]
) -> None:
    ada = await signed_in_admin(journey)
    await trouble(journey)
    await everyone_logs_in(journey)
    await journey.pass_time(60, step=10)
    assert [event.data for event in journey.published("members.blocked.v1")] == []
    await journey.stripe.heal()
    await journey.stripe.at_rest()
    await journey.pass_time(180, step=10)
    counts = (await ada.get("/members"))["counts"]
    assert counts["active"] == 1 + len(PEOPLE)
    [account] = journey.published("billing.account_opened.v1")
    invoices = await journey.stripe.invoices(account.data.subscription_id)
    purchases = journey.published("seats.seats_auto_added.v1")
    # The first invoice opened the account. Each purchase has one invoice, and its event has the paid amount.
    assert len(invoices) == 1 + len(purchases)
    assert sum(purchase.data.charged for purchase in purchases) == sum(
        invoice["amount_paid"] for invoice in invoices[:-1]
    )
    assert await journey.stripe.quantities(account.data.subscription_id) == (1 + len(PEOPLE), 0)
    served = [person.member_id for purchase in purchases for person in purchase.data.served]
    assert len(served) == len(set(served)) == len(PEOPLE)
    added = [subject for subject in journey.letterbox.subjects(ADA) if "added" in subject.lower()]
    assert len(added) == len(purchases)


async def test_after_ten_minutes_of_silence_the_admins_get_one_mail_with_the_waiting_members(journey: Journey) -> None:
    await signed_in_admin(journey)
    await journey.stripe.fault("error", method=None, path="/v1/*", code="503", times=10_000)
    await everyone_logs_in(journey)
    await journey.pass_time(9 * 60, step=30)
    before = journey.letterbox.subjects(ADA)
    await journey.pass_time(10 * 60, step=30)
    subjects = journey.letterbox.subjects(ADA)[len(before) :]
    assert len(subjects) == 1, subjects
    mail = journey.letterbox.to(ADA)[-1]
    assert "Nia Novak" in text_of(mail)
    assert journey.published("members.blocked.v1") == []


async def test_after_24_hours_of_silence_the_wait_ends_and_a_seat_that_is_paid_later_is_free(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    await journey.stripe.fault("error", method=None, path="/v1/*", code="503", times=10_000)
    await everyone_logs_in(journey)
    await journey.pass_time(DAY - 600, step=600)
    assert journey.published("members.blocked.v1") == []
    await journey.pass_time(1200, step=600)
    blocked = journey.published("members.blocked.v1")
    assert [event.data.reason for event in blocked] == ["billing_unavailable"] * len(PEOPLE)
    why = "Stripe did not complete the purchase within 24 hours"
    digest = text_of(journey.letterbox.to(ADA)[-1])
    assert [f"{address}: {why}" in digest for address in PEOPLE] == [True] * len(PEOPLE)
    assert f"{why}." in (await ada.client.get("/admin/agency/members?status=blocked")).text
    late = journey.browser()
    await late.log_in(PEOPLE[0])
    own = (await late.client.get("/welcome")).text
    assert "Nothing happens by itself: an admin can make room and re-invite you." in own
    await journey.stripe.heal()
    await journey.pass_time(3600, step=60)
    seats = (await ada.get("/seats"))["base"]
    assert (seats["active"], seats["waiting"], seats["available"]) == (1, 0, seats["purchased"] - 1)


async def test_a_change_that_stripe_does_not_accept_ends_the_wait_at_once_with_one_mail_and_its_reason(
    journey: Journey,
) -> None:
    ada = await signed_in_admin(journey)
    await journey.stripe.fault("error", path=UPDATES, code="400", times=10_000)
    before = len(journey.letterbox.subjects(ADA))
    await everyone_logs_in(journey)
    await journey.pass_time(120, step=10)
    blocked = journey.published("members.blocked.v1")
    assert [event.data.reason for event in blocked] == ["billing_unavailable"] * len(PEOPLE)
    reason = "Stripe refuses changes: it does not accept our request"
    [subject] = journey.letterbox.subjects(ADA)[before:]
    assert subject.startswith(reason)
    auto_add = (await ada.get("/seats"))["autoAdd"]
    assert (auto_add["paused"], auto_add["fault"]) == ("billing_unavailable", "not_accepted")
    page = (await ada.client.get("/admin/agency/billing")).text
    assert reason in page
    assert "does not answer" not in page
    await journey.stripe.heal()
    assert (await ada.post("/billing/retry", None)).status_code == 200
    await journey.pass_time(30)
    assert (await ada.get("/members"))["counts"]["active"] == 1 + len(PEOPLE)


async def test_an_admin_reads_what_stripe_refuses_and_never_that_it_does_not_answer(journey: Journey) -> None:
    ada = await signed_in_admin(journey)
    await journey.stripe.fault("error", path="/v1/invoices/create_preview", code="400", times=10_000)
    refused = await ada.post("/seats/quotes", {"base": 2, "voice": 0})
    assert (refused.status_code, refused.json()["code"]) == (409, "billing_unavailable")
    assert refused.json()["detail"].startswith("Stripe refuses changes: it does not accept our request.")


async def test_when_the_days_invoices_are_used_up_members_are_let_in_and_their_seats_settled_later(
    journey: Journey,
) -> None:
    """Nineteen dashboard edits whose Stripe events are lost: Stripe itself responds that the limit is reached."""
    ada = await signed_in_admin(journey)
    [account] = journey.published("billing.account_opened.v1")
    edits = f"dashboard/subscriptions/{account.data.subscription_id}"
    for n in range(19):
        await journey.stripe.control(edits, base=1, voice=(n + 1) % 2, proration_behavior="always_invoice")
        journey.clock.advance(30)
    await edited_back(journey, edits)
    await everyone_logs_in(journey)
    await journey.pass_time(300, step=10)
    assert journey.published("members.blocked.v1") == []
    seats = (await ada.get("/seats"))["base"]
    assert (seats["active"], seats["waiting"], seats["unsettled"]) == (1 + len(PEOPLE), 0, len(PEOPLE))
    await journey.pass_time(DAY + 3600, step=3600)
    assert (await ada.get("/seats"))["base"]["unsettled"] == 0
    assert (await journey.stripe.quantities(account.data.subscription_id))[0] == 1 + len(PEOPLE)


async def edited_back(journey: Journey, edits: str) -> None:
    """Restore the quantities that billing knows, so that only the limit is used up."""
    await journey.stripe.control(edits, base=1, voice=0, proration_behavior="none")
