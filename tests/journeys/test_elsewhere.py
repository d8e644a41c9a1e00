"""What happens at Stripe and not here: quantities edited, an invoice unpaid, no subscription. Nobody is suspended."""

from typing import Any

import httpx
import pytest

from contracts.vocabulary import Quantities, Service
from tests.support.journey import Browser, Journey, text_of
from tests.support.money import (
    ADA,
    UPDATES,
    assert_all_agree,
    customer_of,
    edit_in_dashboard,
    purchased_seats,
    quote_seats,
    save_quote,
    save_seats,
    set_card,
    signed_in_admin,
    subscription_of,
)

MONTH = 31 * 24 * 3600


async def mailed(journey: Journey) -> list[str]:
    """What the admin was written, once what waits for quiet is sent."""
    await journey.pass_time(6, step=1)
    return journey.letterbox.subjects(ADA)


async def full(journey: Journey, *, auto_add: bool) -> Browser:
    """Two Base seats, both taken."""
    ada = await signed_in_admin(journey, base=2, voice=0, auto_add=auto_add)
    await journey.browser().join("nia@harbor.example", "base")
    return ada


async def test_a_quantity_raised_in_the_dashboard_is_room_and_the_blocked_stay_blocked(journey: Journey) -> None:
    ada = await full(journey, auto_add=False)
    blocked = await journey.browser().join("bo@harbor.example", "base")
    assert blocked.json()["member"]["status"] == "blocked"
    await edit_in_dashboard(journey, 4, 0, handled=True)
    seats = await ada.get("/seats")
    assert (seats["base"]["purchased"], seats["base"]["available"], seats["frozen"]) == (4, 2, None)
    assert (await ada.get("/members"))["counts"]["blocked"] == 1
    assert (await journey.browser().join("cem@harbor.example", "base")).json()["member"]["status"] == "active"
    assert "The seats of Harbor Clinic were changed at Stripe: 4 Base and 0 Voice now" in await mailed(journey)
    newest = (await ada.get("/activity?kind=money"))["items"][0]
    assert newest["actor"]["kind"] == "stripe"
    assert await purchased_seats(ada) == Quantities(*await journey.stripe.quantities(subscription_of(journey)))


async def test_lowered_below_active_nobody_is_suspended_nothing_is_bought_back_and_raised_again_all_is_as_ever(
    journey: Journey,
) -> None:
    ada = await full(journey, auto_add=True)
    updates = len(await journey.updates())
    await edit_in_dashboard(journey, 1, 0, handled=True)
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["purchased"], seats["base"]["active"]) == ("seats_reduced_elsewhere", 1, 2)
    late = await journey.browser().join("bo@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    other = await journey.browser().join("cem@harbor.example", "voice")
    assert other.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    assert (await ada.get("/members"))["counts"]["active"] == 2
    await journey.pass_time(120, step=30)
    assert len(await journey.updates()) == updates, "nothing is bought back"
    told = [mail for mail in journey.letterbox.to(ADA) if "fewer seats than Active members" in str(mail["Subject"])]
    assert len(told) == 1
    assert "Before: 2 Base and 0 Voice\nNow: 1 Base and 0 Voice\nActive members: 2 Base and 0 Voice\n" in text_of(
        told[0]
    )

    await edit_in_dashboard(journey, 3, 0, handled=True)
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["purchased"]) == (None, 3)
    assert (await ada.get("/members"))["counts"]["blocked"] == 2, "until they are re-invited"
    assert (await journey.browser().join("dee@harbor.example", "base")).json()["member"]["status"] == "active"
    await journey.browser().join("eve@harbor.example", "base")
    await journey.pass_time(20, step=2)
    assert await purchased_seats(ada) == Quantities(4, 0), "Auto-Add buys again"


async def test_an_admin_buys_back_what_was_lowered_or_removes_members(journey: Journey) -> None:
    ada = await full(journey, auto_add=False)
    await edit_in_dashboard(journey, 1, 0, handled=True)
    done = await save_seats(ada, 2, 0)
    assert (done["seats"]["frozen"], done["seats"]["base"]["purchased"]) == (None, 2)
    await edit_in_dashboard(journey, 1, 0, handled=True)
    assert (await ada.get("/seats"))["frozen"] == "seats_reduced_elsewhere"
    nia = next(row for row in (await ada.get("/members"))["items"] if row["email"].startswith("nia"))
    assert (await ada.ask("DELETE", f"/members/{nia['id']}")).status_code == 204
    await journey.drain()
    assert (await ada.get("/seats"))["frozen"] is None


@pytest.mark.parametrize("handled", [False, True], ids=["event lost", "event handled"])
@pytest.mark.parametrize("after", [(1, 0), (5, 0)], ids=["lowered", "raised"])
async def test_a_quantity_edited_in_the_middle_of_a_purchase_converges(
    journey: Journey, handled: bool, after: tuple[int, int]
) -> None:
    ada = await full(journey, auto_add=True)
    journey.bus.held = {Service.BILLING}
    bo = journey.browser()
    await bo.sign_up("bo@harbor.example", "base")
    await bo.post("/login-codes", {"email": "bo@harbor.example"})
    await journey.drain()
    login = journey.later(
        bo.client.post(
            "/api/v1/sessions",
            json={"email": "bo@harbor.example", "code": journey.letterbox.code("bo@harbor.example")},
        )
    )
    while not journey.published("billing.set_quantities.v1"):
        await journey.step()
    await edit_in_dashboard(journey, *after)
    journey.bus.held = set()
    if handled:
        await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    answer: httpx.Response = await journey.during(login)
    await journey.pass_time(60, step=5)
    member = (await bo.get("/me"))["member"]
    assert answer.status_code == 201
    if after == (5, 0):
        assert member["status"] == "active"
        assert await purchased_seats(ada) == Quantities(5, 0)
        assert len(await assert_all_agree(journey, ada)) == 1, "nothing was bought"
    else:
        assert (member["status"], member["blockedReason"]) == ("blocked", "seats_reduced_elsewhere")
        assert await purchased_seats(ada) == Quantities(1, 0)
        assert (await ada.get("/seats"))["frozen"] == "seats_reduced_elsewhere"
    assert await journey.stripe.quantities(subscription_of(journey)) == after
    [changed] = journey.published("billing.subscription_changed.v1")
    assert changed.data.whose == "dashboard"


async def test_an_edit_after_our_change_went_through_is_theirs_and_our_own_is_ours(journey: Journey) -> None:
    ada = await full(journey, auto_add=False)
    quote = await quote_seats(ada, 3, 0)
    await journey.stripe.fault("drop_answer", path=UPDATES)
    journey.http.gateway.operations._patience = 0.2
    assert (await save_quote(ada, quote)).status_code in {200, 202}
    await edit_in_dashboard(journey, 6, 0)
    await journey.publish_stripe_events(customer_of(journey), "customer.subscription.updated")
    await journey.pass_time(60, step=5)
    assert await purchased_seats(ada) == Quantities(6, 0)
    assert len(journey.published("seats.seats_adjusted.v1")) == 1
    assert {event.data.whose for event in journey.published("billing.subscription_changed.v1")} == {"dashboard"}


async def event(journey: Journey, *types: str) -> None:
    await journey.publish_stripe_events(customer_of(journey), *types)


async def test_a_cancelled_subscription_suspends_nobody_and_sells_nothing(journey: Journey) -> None:
    ada = await full(journey, auto_add=True)
    quote = await quote_seats(ada, 3, 0)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await event(journey, "customer.subscription.deleted")
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["active"]) == ("subscription_canceled", 2)
    late = await journey.browser().join("bo@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "seats_reduced_elsewhere"
    refused = await save_quote(ada, quote)
    assert (refused.status_code, refused.json()["code"]) == (409, "billing_unavailable")
    assert refused.json()["detail"].startswith("The subscription was cancelled at Stripe")
    asked = await ada.post("/seats/quotes", {"base": 5, "voice": 0})
    assert (asked.status_code, asked.json()["code"]) == (409, "billing_unavailable")
    assert (await ada.get("/members"))["counts"]["active"] == 2
    assert "The subscription of Harbor Clinic was cancelled at Stripe: no seat can be bought" in await mailed(journey)


async def test_with_another_subscription_at_stripe_a_cancelled_agency_goes_on(journey: Journey) -> None:
    ada = await full(journey, auto_add=True)
    await journey.stripe.control(f"dashboard/subscriptions/{subscription_of(journey)}", cancel=True)
    await event(journey, "customer.subscription.deleted")
    assert (await ada.get("/seats"))["frozen"] == "subscription_canceled"
    another = await journey.stripe.subscribe(customer_of(journey), base=2, voice=0)
    await event(journey, "customer.subscription.created")
    seats = await ada.get("/seats")
    assert (seats["frozen"], seats["base"]["purchased"], seats["base"]["active"]) == (None, 2, 2)
    assert (await ada.get("/billing"))["paymentState"] == "ok"
    joined = await journey.browser().join("bo@harbor.example", "base")
    assert joined.json()["member"]["status"] == "active"
    assert await journey.stripe.quantities(another) == (3, 0)


async def test_a_deleted_customer_suspends_nobody_and_sells_nothing(journey: Journey) -> None:
    ada = await full(journey, auto_add=True)
    answer = await journey.stripe._http.delete(f"/_control/dashboard/customers/{customer_of(journey)}")
    assert answer.is_success
    await event(journey, "customer.deleted", "customer.subscription.deleted")
    assert (await ada.get("/seats"))["frozen"] == "customer_deleted"
    assert (await ada.get("/members"))["counts"]["active"] == 2
    assert "Harbor Clinic was deleted at Stripe: no seat can be bought" in await mailed(journey)


async def renewal_unpaid(journey: Journey, ada: Browser) -> dict[str, Any]:
    """A month is over, and the card does not pay the next one; answers the invoice."""
    await set_card(journey, "declining")
    journey.clock.advance(MONTH + 3700)
    await ada.log_in(ADA)
    await event(journey, "invoice.payment_failed", "customer.subscription.updated")
    newest: dict[str, Any] = (await journey.stripe.invoices(subscription_of(journey)))[0]
    assert newest["status"] == "open"
    return newest


async def test_an_admin_who_tries_again_has_the_unpaid_renewal_paid_and_is_told_when_the_card_is_declined(
    journey: Journey,
) -> None:
    ada = await full(journey, auto_add=True)
    await renewal_unpaid(journey, ada)
    await journey.browser().join("bo@harbor.example", "base")
    refused = await ada.post("/billing/retry", None)
    assert (refused.status_code, refused.json()["code"]) == (402, "payment_declined")
    assert refused.json()["fix"] == "POST /api/v1/billing/portal-sessions"
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "past_due"

    await set_card(journey, "good")
    answer = await ada.post("/billing/retry", None)
    assert answer.status_code == 200, answer.text
    assert answer.json()["seats"]["autoAdd"]["paused"] is None
    assert len(answer.json()["joined"]) == 1
    await journey.pass_time(20, step=2)
    assert (await ada.get("/billing"))["paymentState"] == "ok"
    assert (await ada.get("/members"))["counts"]["active"] == 3
    statuses = [invoice["status"] for invoice in await journey.stripe.invoices(subscription_of(journey))]
    assert set(statuses) == {"paid"}
    lines = (await ada.get("/activity?kind=money"))["items"]
    [recovered] = [line for line in lines if line["sentence"].startswith("Nothing is owed any more")]
    assert recovered["actor"]["kind"] == "member"
    await event(journey, "invoice.paid", "customer.subscription.updated")
    again = await ada.post("/billing/retry", None)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_change")


async def test_an_unpaid_renewal_suspends_nobody_pauses_auto_add_and_paid_it_lets_in_whom_it_blocked(
    journey: Journey,
) -> None:
    ada = await full(journey, auto_add=True)
    unpaid = await renewal_unpaid(journey, ada)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] == "past_due"
    assert (await ada.get("/billing"))["paymentState"] == "past_due"
    assert (await ada.get("/members"))["counts"]["active"] == 2
    late = await journey.browser().join("bo@harbor.example", "base")
    assert late.json()["member"]["blockedReason"] == "past_due"
    told = [mail for mail in journey.letterbox.to(ADA) if str(mail["Subject"]).startswith("Payment failed: $59.98")]
    assert len(told) == 1
    assert "/admin/agency/billing?fix=card" in text_of(told[0])

    await set_card(journey, "good")
    paid = await journey.stripe._http.post(f"/v1/invoices/{unpaid['id']}/pay")
    assert paid.is_success, paid.text
    await event(journey, "invoice.paid", "customer.subscription.updated")
    await journey.pass_time(20, step=2)
    assert (await ada.get("/seats"))["autoAdd"]["paused"] is None
    assert (await ada.get("/billing"))["paymentState"] == "ok"
    assert (await ada.get("/members"))["counts"] == {
        "active": 3,
        "blocked": 0,
        "invited": 0,
        "pendingLogin": 0,
        "removed": 0,
    }
    assert "Auto-Add buys again: 1 clinician of Harbor Clinic is being let in" in await mailed(journey)
    await assert_all_agree(journey, ada)
