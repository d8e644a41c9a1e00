"""Flexible billing mode, and classic mode beside it, as Stripe's documentation has them.

The pages: "Compare classic and flexible billing mode", "Set the subscription billing renewal date", and "Prorations"
(Credit prorations, Prorations and unpaid invoices). The amounts are calculated by hand: January has 31 days, Base is
$31.00, $29.99 each from 2; Voice is $59.99. The agency has 2 Base and 1 Voice.
"""

import pytest
import stripe

from tests.clients.conftest import Agency, Prices
from tests.clients.standin import DAY, HALF_OF_JANUARY, NEW_YEAR, StandIn
from tests.clients.test_standin_preview import preview
from tests.clients.test_standin_proration import amounts, change, invoice_of

YEAR = 365 * DAY


async def another(standin: StandIn, agency: Agency, mode: str | None, **items: int) -> stripe.Subscription:
    """A second subscription of the agency's customer, in this billing mode."""
    prices = {"base": agency.prices.base, "voice": agency.prices.voice}
    params: dict[str, object] = {
        "customer": agency.customer,
        "items": [{"price": prices[seat], "quantity": count} for seat, count in items.items()],
        "payment_behavior": "error_if_incomplete",
    }
    if mode is not None:
        params["billing_mode"] = {"type": mode}
    return await standin.stripe.v1.subscriptions.create_async(params)  # type: ignore[arg-type]


async def set_quantity(
    standin: StandIn, subscription: stripe.Subscription, count: int, behaviour: str = "always_invoice", **more: object
) -> stripe.Subscription:
    """Change the quantity of the first item."""
    item = subscription["items"].data[0].id
    return await standin.stripe.v1.subscriptions.update_async(
        subscription.id,
        {  # type: ignore[arg-type]
            "items": [{"id": item, "quantity": count}],
            "proration_behavior": behaviour,
            "expand": ["latest_invoice"],
            **more,
        },
    )


def annual(agency: Agency) -> list[dict[str, object]]:
    return [
        {"id": agency.base, "price": agency.prices.base_annual, "quantity": 2},
        {"id": agency.voice, "price": agency.prices.voice_annual, "quantity": 1},
    ]


async def test_a_new_subscription_is_flexible_unless_it_asks_for_classic(standin: StandIn, agency: Agency) -> None:
    """Changelog 2025-09-30.clover: flexible is the default."""
    usual = await another(standin, agency, None, base=1)
    classic = await another(standin, agency, "classic", voice=1)
    assert (usual.billing_mode.type, classic.billing_mode.type) == ("flexible", "classic")


async def test_a_new_interval_keeps_the_anchor_in_flexible_mode(standin: StandIn, agency: Agency) -> None:
    """Compare: half of January is credited, and the rest of the year that began on New Year is debited at once.

    349.5 of 365 days are left: floor(64778 x 349.5/365) = 62027, floor(64789 x 349.5/365) = 62037.
    """
    await standin.advance(HALF_OF_JANUARY)
    foreseen = await preview(standin, agency, 0, 0, items=annual(agency))
    switched = await change(standin, agency, 0, 0, items=annual(agency))
    assert amounts(invoice_of(switched)) == amounts(foreseen) == [-2999, 62027, -3000, 62037]
    assert switched.billing_cycle_anchor == NEW_YEAR
    assert {item.current_period_end for item in switched["items"].data} == {NEW_YEAR + YEAR}


async def test_a_switch_in_december_of_a_subscription_anchored_in_march_bills_the_year_again_in_march(
    standin: StandIn, agency: Agency
) -> None:
    """Set the subscription billing renewal date: without `billing_cycle_anchor=now` the date stays."""
    await standin.advance(59 * DAY + 3600)
    march = await another(standin, agency, "flexible", base=2)
    await standin.advance(275 * DAY)
    item = march["items"].data[0].id
    await standin.stripe.v1.subscriptions.update_async(
        march.id, {"items": [{"id": item, "price": agency.prices.base_annual, "quantity": 2}]}
    )
    await standin.advance(91 * DAY)
    newest = (await standin.stripe.v1.invoices.list_async({"subscription": march.id, "limit": 1})).data[0]
    assert (newest.billing_reason, newest.total) == ("subscription_cycle", 64778)


async def test_a_new_anchor_begins_the_year_now_in_the_preview_and_in_the_update(
    standin: StandIn, agency: Agency
) -> None:
    await standin.advance(HALF_OF_JANUARY)
    foreseen = await preview(standin, agency, 0, 0, items=annual(agency), billing_cycle_anchor="now")
    switched = await change(standin, agency, 0, 0, items=annual(agency), billing_cycle_anchor="now")
    assert sorted(amounts(invoice_of(switched))) == sorted(amounts(foreseen)) == [-3000, -2999, 64778, 64789]
    assert switched.billing_cycle_anchor == NEW_YEAR + HALF_OF_JANUARY


async def test_a_new_interval_resets_the_anchor_by_itself_in_classic_mode(standin: StandIn, agency: Agency) -> None:
    classic = await another(standin, agency, "classic", base=2)
    await standin.advance(HALF_OF_JANUARY)
    item = classic["items"].data[0].id
    switched = await standin.stripe.v1.subscriptions.update_async(
        classic.id,
        {
            "items": [{"id": item, "price": agency.prices.base_annual, "quantity": 2}],
            "expand": ["latest_invoice"],
        },
    )
    assert amounts(invoice_of(switched)) == [-2999, 64778]
    assert switched.billing_cycle_anchor == NEW_YEAR + HALF_OF_JANUARY


async def test_a_new_anchor_excludes_a_proration_date_in_the_preview_too(standin: StandIn, agency: Agency) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await preview(standin, agency, 3, 1, billing_cycle_anchor="now", proration_date=NEW_YEAR)
    assert refused.value.param == "proration_date"


@pytest.mark.parametrize(("mode", "credited"), [("flexible", (-2999, 2)), ("classic", (-7498, 5))])
async def test_flexible_mode_credits_only_what_was_debited(
    standin: StandIn, agency: Agency, mode: str, credited: tuple[int, int]
) -> None:
    """Credit prorations: 2 were debited and 5 held, because the change to 5 was made with `none`.

    To 6 at the half of the month: 5998/2 = 2999 is credited for the two; classic credits 14995/2 = 7497.5 for the five.
    """
    held = await another(standin, agency, mode, base=2)
    await set_quantity(standin, held, 5, "none")
    await standin.advance(HALF_OF_JANUARY)
    lines = invoice_of(await set_quantity(standin, held, 6)).lines.data
    assert [(line.amount, line.quantity) for line in lines] == [credited, (8997, 6)]


async def test_what_was_not_debited_is_not_credited_after_another_reading(standin: StandIn, agency: Agency) -> None:
    """Credit prorations: `none` is remembered until the next period, which debits what is held."""
    held = await another(standin, agency, "flexible", base=2)
    await set_quantity(standin, held, 5, "none")
    await set_quantity(standin, held, 1, "none")
    await standin.advance(HALF_OF_JANUARY)
    first = invoice_of(await set_quantity(standin, held, 3)).lines.data
    assert [(line.amount, line.quantity) for line in first] == [(-2999, 2), (4498, 3)]
    await set_quantity(standin, held, 4, "none")
    await standin.advance(HALF_OF_JANUARY + 14 * DAY)
    # February has 28 days, and half of them are left: 4 x 2999 were debited for it.
    second = invoice_of(await set_quantity(standin, held, 2)).lines.data
    assert [(line.amount, line.quantity) for line in second] == [(-5998, 4), (2999, 2)]


async def test_each_original_debit_is_credited_by_a_line_of_its_own_that_names_it(
    standin: StandIn, agency: Agency
) -> None:
    """Compare: "multiple credit prorations: one for each" debit of the time.

    On the 21st, 2 Base become 4, dated the 11th: their debit is of the 21 days from the 11th on. Then they become 3,
    dated the 6th. So 5 days of the first debit (5998 x 5/31 = 967.4) and 21 days of the second (11996 x 21/31 = 8126.3)
    are credited.
    """
    held = await another(standin, agency, "flexible", base=2)
    first = invoice_of(await standin.stripe.v1.subscriptions.retrieve_async(held.id, {"expand": ["latest_invoice"]}))
    await standin.advance(20 * DAY)
    four = invoice_of(await set_quantity(standin, held, 4, proration_date=NEW_YEAR + 10 * DAY))
    three = invoice_of(await set_quantity(standin, held, 3, proration_date=NEW_YEAR + 5 * DAY))
    credits_ = [line for line in three.lines.data if line.amount < 0]
    assert [(line.amount, line.quantity) for line in credits_] == [(-968, 2), (-8127, 4)]
    named = []
    for line in credits_:
        assert line.parent is not None
        details = line.parent.subscription_item_details
        assert details is not None
        assert details.proration_details is not None
        credited = details.proration_details.credited_items
        assert credited is not None
        named.append((credited.invoice, credited.invoice_line_items))
    assert named == [(first.id, [first.lines.data[0].id]), (four.id, [four.lines.data[-1].id])]


async def test_an_unpaid_period_is_credited_as_if_it_were_paid(standin: StandIn, agency: Agency) -> None:
    """Prorations and unpaid invoices; useautumn/autumn#1948: a reduction makes real credit out of a debt."""
    await standin.card(agency.customer, "declining")
    await standin.advance(31 * DAY + 3600)
    before = await standin.stripe.v1.customers.retrieve_async(agency.customer)
    await change(standin, agency, base=1, voice=1, payment_behavior="allow_incomplete")
    after = await standin.stripe.v1.customers.retrieve_async(agency.customer)
    assert (before.balance, after.balance is not None and after.balance < 0) == (0, True)


async def test_periods_are_of_the_items_and_may_differ(standin: StandIn, agency: Agency, prices: Prices) -> None:
    """Use mixed interval subscriptions: a year and a month on one subscription, each renewed at its own time."""
    await change(standin, agency, 0, 0, items=[{"id": agency.base, "price": prices.base_annual, "quantity": 2}])
    held = await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)
    assert not hasattr(held, "current_period_end")
    ends = [item.current_period_end for item in held["items"].data]
    assert ends == [NEW_YEAR + YEAR, NEW_YEAR + 31 * DAY]
    await standin.advance(31 * DAY)
    renewal = (await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})).data[0]
    assert amounts(renewal) == [5999]
