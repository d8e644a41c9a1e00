"""Subscriptions and items as they may be at Stripe: several of each, usage, trials, planned ends, schedules, statuses.

The pages: "Subscribe to multiple items", "Usage-based billing", "Use trial periods on subscriptions", "Cancel
subscriptions", "Subscription schedules", "Subscription statuses", and the reports that each test names.
"""

from typing import Any

import pytest
import stripe

from tests.clients.conftest import Agency, Prices
from tests.clients.standin import DAY, HALF_OF_JANUARY, NEW_YEAR, StandIn
from tests.clients.test_standin_preview import preview
from tests.clients.test_standin_proration import amounts, change, invoice_of
from tests.clients.test_standin_time import newest

HOUR = 3600


async def held(standin: StandIn, agency: Agency) -> stripe.Subscription:
    return await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)


async def price(standin: StandIn, cents: int, **recurring: str) -> str:
    made = await standin.stripe.v1.prices.create_async(
        {
            "currency": "usd",
            "product_data": {"name": "Support"},
            "recurring": {"interval": "month", **recurring},  # type: ignore[typeddict-item]
            "unit_amount": cents,
        }
    )
    return made.id


async def by_hand(standin: StandIn, agency: Agency, **edit: object) -> dict[str, Any]:
    answer = await standin.control.post(f"/_control/dashboard/subscriptions/{agency.subscription}", json=edit)
    answer.raise_for_status()
    shown: dict[str, Any] = answer.json()
    return shown


async def test_a_second_product_can_be_on_the_subscription(standin: StandIn, agency: Agency) -> None:
    """Subscribe to multiple items: the other product is billed beside ours; Flagsmith/flagsmith#2729."""
    support = await price(standin, 5000)
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"price": support}], "proration_behavior": "none"}
    )
    assert [item.quantity for item in (await held(standin, agency))["items"].data] == [2, 1, 1]
    recurring = await preview(standin, agency, 2, 1, mode="recurring")
    assert amounts(recurring) == [5998, 5999, 5000]


async def test_a_customer_can_have_a_second_newer_subscription(standin: StandIn, agency: Agency) -> None:
    """better-auth/better-auth#3690, MuckRock/squarelet#673: the newest active one is another product's."""
    other = await standin.stripe.v1.subscriptions.create_async(
        {"customer": agency.customer, "items": [{"price": await price(standin, 900)}]}
    )
    listed = await standin.stripe.v1.subscriptions.list_async({"customer": agency.customer, "status": "active"})
    assert [subscription.id for subscription in listed.data] == [other.id, agency.subscription]
    invoices = await standin.stripe.v1.invoices.list_async({"customer": agency.customer})
    assert [invoice.total for invoice in invoices.data] == [900, 11997]


async def test_a_metered_item_has_no_quantity_and_is_billed_after_its_period(standin: StandIn, agency: Agency) -> None:
    """Usage-based billing; changelog 2025-03-31.basil: a metered price needs a meter."""
    with pytest.raises(stripe.InvalidRequestError):
        await price(standin, 3, usage_type="metered")
    usage = await price(standin, 3, usage_type="metered", meter="mtr_calls")
    changed = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"price": usage}], "proration_behavior": "always_invoice"}
    )
    assert "quantity" not in changed["items"].data[2]
    assert len((await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})).data) == 1
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.subscriptions.update_async(
            agency.subscription, {"items": [{"id": changed["items"].data[2].id, "quantity": 2}]}
        )
    await standin.advance(31 * DAY)
    assert amounts(await newest(standin, agency)) == [5998, 5999, 0]


async def test_an_item_can_be_removed_by_hand(standin: StandIn, agency: Agency) -> None:
    shown = await by_hand(standin, agency, remove="voice")
    assert [item["id"] for item in shown["items"]["data"]] == [agency.base]


async def test_an_item_can_be_repriced_by_hand_and_keeps_its_quantity(
    standin: StandIn, agency: Agency, prices: Prices
) -> None:
    """twenty#25635: a negotiated price, which no lookup key finds."""
    negotiated = await price(standin, 2500)
    shown = await by_hand(standin, agency, reprice={"base": negotiated}, prorationBehavior="none")
    assert [(item["price"]["id"], item["quantity"]) for item in shown["items"]["data"]] == [
        (negotiated, 2),
        (prices.voice, 1),
    ]


@pytest.mark.parametrize("status", ["incomplete", "unpaid", "paused", "past_due"])
async def test_a_subscription_can_be_in_any_status(standin: StandIn, agency: Agency, status: str) -> None:
    """Subscription statuses."""
    path = f"/_control/dashboard/subscriptions/{agency.subscription}/status"
    (await standin.control.post(path, json={"status": status})).raise_for_status()
    listed = await standin.stripe.v1.subscriptions.list_async({"status": status})
    assert [subscription.id for subscription in listed.data] == [agency.subscription]


async def test_an_incomplete_subscription_expires_after_23_hours(standin: StandIn, prices: Prices) -> None:
    """Subscription statuses: `incomplete_expired`; the open invoice is void."""
    token = "pm_card_chargeCustomerFail"
    customer = await standin.stripe.v1.customers.create_async(
        {"payment_method": token, "invoice_settings": {"default_payment_method": token}}
    )
    made = await standin.stripe.v1.subscriptions.create_async(
        {
            "customer": customer.id,
            "items": [{"price": prices.base, "quantity": 2}],
            "payment_behavior": "allow_incomplete",
            "expand": ["latest_invoice"],
        }
    )
    assert (made.status, invoice_of(made).status) == ("incomplete", "open")
    await standin.advance(23 * HOUR)
    expired = await standin.stripe.v1.subscriptions.retrieve_async(made.id, {"expand": ["latest_invoice"]})
    assert (expired.status, invoice_of(expired).status) == ("incomplete_expired", "void")


async def trial(standin: StandIn, agency: Agency, missing: str = "create_invoice") -> stripe.Subscription:
    return await standin.stripe.v1.subscriptions.create_async(
        {
            "customer": agency.customer,
            "items": [{"price": agency.prices.base, "quantity": 2}],
            "trial_period_days": 14,
            "trial_settings": {"end_behavior": {"missing_payment_method": missing}},
            "expand": ["latest_invoice"],
        }
    )


async def test_a_trial_costs_nothing_and_its_end_is_the_billing_date(standin: StandIn, agency: Agency) -> None:
    """Use trial periods: an invoice of $0, `trialing`, and the first period from the trial's end on."""
    made = await trial(standin, agency)
    assert (made.status, amounts(invoice_of(made)), invoice_of(made).status) == ("trialing", [0], "paid")
    assert made.billing_cycle_anchor == made.trial_end == NEW_YEAR + 14 * DAY
    more = await standin.stripe.v1.subscriptions.update_async(
        made.id,
        {"items": [{"id": made["items"].data[0].id, "quantity": 3}], "proration_behavior": "always_invoice"},
    )
    assert more.latest_invoice == invoice_of(made).id
    await standin.advance(14 * DAY + HOUR)
    after = await standin.stripe.v1.subscriptions.retrieve_async(made.id, {"expand": ["latest_invoice"]})
    assert (after.status, amounts(invoice_of(after)), invoice_of(after).status) == ("active", [8997], "paid")


async def test_a_trial_moves_the_billing_date_and_bills_nothing_until_then(standin: StandIn, agency: Agency) -> None:
    """Set the subscription billing renewal date: `trial_end` with `proration_behavior=none`."""
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    moved = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"trial_end": NEW_YEAR + 9 * DAY, "proration_behavior": "none"}
    )
    assert (moved.status, moved.billing_cycle_anchor) == ("trialing", NEW_YEAR + 9 * DAY)
    assert moved.latest_invoice == held.latest_invoice
    await standin.advance(9 * DAY + HOUR)
    after = await standin.stripe.v1.subscriptions.retrieve_async(moved.id, {"expand": ["latest_invoice"]})
    assert (after.status, amounts(invoice_of(after))) == ("active", [5998, 5999])


async def test_a_trial_can_end_now(standin: StandIn, agency: Agency) -> None:
    """Use trial periods: `trial_end=now` bills at once."""
    made = await trial(standin, agency)
    await standin.advance(DAY)
    ended = await standin.stripe.v1.subscriptions.update_async(
        made.id, {"trial_end": "now", "expand": ["latest_invoice"]}
    )
    assert (ended.status, amounts(invoice_of(ended))) == ("active", [5998])
    assert ended.billing_cycle_anchor == NEW_YEAR + DAY


@pytest.mark.parametrize(
    ("missing", "then"), [("create_invoice", "past_due"), ("cancel", "canceled"), ("pause", "paused")]
)
async def test_a_trial_without_a_card_ends_as_its_settings_say(
    standin: StandIn, agency: Agency, missing: str, then: str
) -> None:
    """Use trial periods: `trial_settings.end_behavior.missing_payment_method`."""
    made = await trial(standin, agency, missing)
    await standin.card(agency.customer, "none")
    await standin.advance(14 * DAY + HOUR)
    assert (await standin.stripe.v1.subscriptions.retrieve_async(made.id)).status == then


async def test_a_paused_subscription_resumes_with_a_new_period(standin: StandIn, agency: Agency) -> None:
    """Pause subscriptions: resume."""
    made = await trial(standin, agency, "pause")
    await standin.card(agency.customer, "none")
    await standin.advance(20 * DAY)
    await standin.card(agency.customer, "good")
    resumed = await standin.stripe.v1.subscriptions.resume_async(made.id)
    assert (resumed.status, resumed["items"].data[0].current_period_start) == ("active", NEW_YEAR + 20 * DAY)


async def test_an_end_is_planned_by_either_field_and_taken_back(standin: StandIn, agency: Agency) -> None:
    """Cancel subscriptions: `cancel_at_period_end` and `cancel_at`."""
    update = standin.stripe.v1.subscriptions.update_async
    end = NEW_YEAR + 31 * DAY
    planned = await update(agency.subscription, {"cancel_at_period_end": True})
    assert (planned.cancel_at_period_end, planned.cancel_at, planned.canceled_at) == (True, end, NEW_YEAR)
    back = await update(agency.subscription, {"cancel_at_period_end": False})
    assert (back.cancel_at_period_end, back.cancel_at, back.canceled_at) == (False, None, None)
    later = await update(agency.subscription, {"cancel_at": NEW_YEAR + 45 * DAY})
    assert (later.cancel_at_period_end, later.cancel_at) == (False, NEW_YEAR + 45 * DAY)
    await update(agency.subscription, {"cancel_at": ""})
    words = await update(agency.subscription, {"cancel_at": "min_period_end"})
    assert words.cancel_at == end


async def test_an_end_with_the_period_moves_with_it_and_an_end_at_a_date_stays(
    standin: StandIn, agency: Agency
) -> None:
    """Changelog 2025-07-30.basil: Adds helpers to cancel subscriptions for billing periods with mixed intervals."""
    update = standin.stripe.v1.subscriptions.update_async
    await update(agency.subscription, {"cancel_at_period_end": True})
    await standin.advance(10 * DAY)
    moved = await update(agency.subscription, {"billing_cycle_anchor": "now"})
    assert (moved.cancel_at_period_end, moved.cancel_at) == (True, moved["items"].data[0].current_period_end)
    assert moved.cancel_at == NEW_YEAR + 41 * DAY
    await update(agency.subscription, {"cancel_at": "min_period_end"})
    await standin.advance(10 * DAY)
    kept = await update(agency.subscription, {"billing_cycle_anchor": "now"})
    assert kept.cancel_at == NEW_YEAR + 41 * DAY


async def test_the_dashboard_plans_an_end_with_cancel_at_alone_in_flexible_mode(
    standin: StandIn, agency: Agency
) -> None:
    """get-engram/engram#335, shorebirdtech/shorebird#3883."""
    planned = await by_hand(standin, agency, cancelAtPeriodEnd=True)
    assert (planned["cancel_at_period_end"], planned["cancel_at"]) == (False, NEW_YEAR + 31 * DAY)
    back = await by_hand(standin, agency, cancelAtPeriodEnd=False)
    assert (back["cancel_at_period_end"], back["cancel_at"]) == (False, None)


async def test_a_planned_end_within_a_period_ends_the_subscription_there(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"cancel_at": NEW_YEAR + 40 * DAY})
    await standin.advance(40 * DAY)
    ended = await held(standin, agency)
    assert (ended.status, ended.ended_at) == ("canceled", NEW_YEAR + 40 * DAY)


async def test_an_end_at_once_drops_pending_prorations(standin: StandIn, agency: Agency) -> None:
    """API reference, Cancel a subscription: pending prorations are removed."""
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=3, voice=1, proration_behavior="create_prorations")
    pending = (await standin.stripe.v1.invoice_items.list_async({"customer": agency.customer})).data
    await standin.stripe.v1.subscriptions.cancel_async(agency.subscription)
    assert (await standin.stripe.v1.invoice_items.list_async({"customer": agency.customer})).data == []
    with pytest.raises(stripe.InvalidRequestError) as gone:
        await standin.stripe.v1.invoice_items.retrieve_async(pending[0].id)
    assert gone.value.http_status == 404


async def test_a_schedule_refuses_changes_of_items_and_of_the_end_until_it_is_released(
    standin: StandIn, agency: Agency
) -> None:
    """Subscription schedules; polarsource/polar#11129, dust-tt/dust#32051."""
    schedule = await standin.stripe.v1.subscription_schedules.create_async({"from_subscription": agency.subscription})
    assert (await held(standin, agency)).schedule == schedule.id
    for refused in (change(standin, agency, base=3, voice=1), preview(standin, agency, base=3, voice=1)):
        with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
            await refused
    with pytest.raises(stripe.InvalidRequestError, match="managed by the subscription schedule"):
        await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"cancel_at_period_end": True})
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"metadata": {"a": "b"}})
    await standin.stripe.v1.subscription_schedules.release_async(schedule.id)
    assert (await change(standin, agency, base=3, voice=1)).schedule is None
