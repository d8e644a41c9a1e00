"""The bill of a change of quantity, in cents calculated by hand.

January has 31 days, 2,678,400 seconds. Base is $31.00, $29.99 each from 2; Voice is $59.99, $52.99 each from 3.
The agency has 2 Base and 1 Voice: 2 x 2999 + 5999 = 11997.
"""

from decimal import Decimal

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, NEW_YEAR, StandIn


async def change(standin: StandIn, agency: Agency, base: int, voice: int, **more: object) -> stripe.Subscription:
    """Set both quantities as billing does: one update that is billed now, and dropped if it is not paid."""
    return await standin.stripe.v1.subscriptions.update_async(
        agency.subscription,
        {  # type: ignore[arg-type]  # the stubs do not know all parameters
            "items": [{"id": agency.base, "quantity": base}, {"id": agency.voice, "quantity": voice}],
            "proration_behavior": "always_invoice",
            "payment_behavior": "error_if_incomplete",
            "expand": ["latest_invoice"],
            **more,
        },
    )


def invoice_of(subscription: stripe.Subscription) -> stripe.Invoice:
    assert isinstance(subscription.latest_invoice, stripe.Invoice)
    return subscription.latest_invoice


def amounts(invoice: stripe.Invoice) -> list[int]:
    return [line.amount for line in invoice.lines.data]


async def balance(standin: StandIn, agency: Agency) -> int | None:
    return (await standin.stripe.v1.customers.retrieve_async(agency.customer)).balance


async def test_the_first_invoice_bills_the_whole_period_of_both_items(standin: StandIn, agency: Agency) -> None:
    invoices = await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})
    (first,) = invoices.data
    assert amounts(first) == [5998, 5999]
    assert (first.total, first.amount_paid, first.status) == (11997, 11997, "paid")
    assert first.billing_reason == "subscription_create"


async def test_an_increase_and_a_decrease_are_netted_on_one_invoice(standin: StandIn, agency: Agency) -> None:
    """At the half of January to 1 Base and 3 Voice: -5998/2, +3100/2, floor(-5999/2), floor(15897/2)."""
    await standin.advance(HALF_OF_JANUARY)
    invoice = invoice_of(await change(standin, agency, base=1, voice=3))
    assert amounts(invoice) == [-2999, 1550, -3000, 7948]
    assert (invoice.total, invoice.amount_due, invoice.amount_paid) == (3499, 3499, 3499)
    assert (await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})).data[0].id == invoice.id


async def test_each_line_is_its_exact_amount_rounded_down(standin: StandIn, agency: Agency) -> None:
    """One second in: -5999 x 2678399/2678400 = -5998.998 is -5999, and 11998 x the same = 11997.996 is 11997."""
    await standin.advance(1)
    invoice = invoice_of(await change(standin, agency, base=2, voice=2))
    assert amounts(invoice) == [-5999, 11997]
    assert invoice.total == 5998


async def test_two_thirds_of_the_month_left_at_a_tier_boundary(standin: StandIn, agency: Agency) -> None:
    """After 892,800 s: Voice 1 to 3 is floor(-5999 x 2/3) = -4000 and 15897 x 2/3 = 10598."""
    await standin.advance(892_800)
    invoice = invoice_of(await change(standin, agency, base=2, voice=3))
    assert amounts(invoice) == [-4000, 10598]
    assert invoice.total == 6598


async def test_an_unchanged_item_has_no_lines(standin: StandIn, agency: Agency) -> None:
    await standin.advance(DAY)
    invoice = invoice_of(await change(standin, agency, base=3, voice=1))
    assert {line.quantity for line in invoice.lines.data} == {2, 3}
    assert len(invoice.lines.data) == 2


async def test_proration_lines_are_marked_and_name_their_item(standin: StandIn, agency: Agency) -> None:
    await standin.advance(DAY)
    invoice = invoice_of(await change(standin, agency, base=3, voice=1))
    for line in invoice.lines.data:
        assert line.parent is not None
        assert line.parent.subscription_item_details is not None
        assert line.parent.subscription_item_details.proration is True
        assert line.parent.subscription_item_details.subscription_item == agency.base
        assert (line.period.start, line.period.end) == (NEW_YEAR + DAY, NEW_YEAR + 31 * DAY)


async def test_a_proration_date_sets_the_second_of_the_proration(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY + 400)
    at = NEW_YEAR + HALF_OF_JANUARY
    invoice = invoice_of(await change(standin, agency, base=1, voice=3, proration_date=at))
    assert amounts(invoice) == [-2999, 1550, -3000, 7948]
    assert invoice.parent is not None
    assert invoice.parent.subscription_details is not None
    assert invoice.parent.subscription_details.subscription_proration_date == at


async def test_a_proration_date_outside_of_the_period_gets_a_400(standin: StandIn, agency: Agency) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await change(standin, agency, base=1, voice=3, proration_date=NEW_YEAR - 1)
    assert refused.value.param == "proration_date"


async def test_a_removal_is_credited_to_the_balance_and_later_invoices_use_it(standin: StandIn, agency: Agency) -> None:
    """At the half: 2 to 1 Base is -2999 + 1550 = -1449; then 1 to 2 Voice is -3000 + 5999 = 2999: 1550 to pay."""
    await standin.advance(HALF_OF_JANUARY)
    credit = invoice_of(await change(standin, agency, base=1, voice=1))
    assert (credit.total, credit.amount_due, credit.status) == (-1449, 0, "paid")
    assert await balance(standin, agency) == -1449
    charge = invoice_of(await change(standin, agency, base=1, voice=2))
    assert (charge.total, charge.starting_balance, charge.ending_balance) == (2999, -1449, 0)
    assert (charge.amount_due, charge.amount_paid) == (1550, 1550)
    assert await balance(standin, agency) == 0


async def test_under_fifty_cents_nothing_is_charged_and_the_debit_moves_to_the_balance(
    standin: StandIn, agency: Agency
) -> None:
    """With half a day left of 31: 2 to 3 Base is floor(-5998/62) = -97 and floor(8997/62) = 145: 48 cents."""
    await standin.advance(30 * DAY + DAY // 2)
    small = invoice_of(await change(standin, agency, base=3, voice=1))
    assert amounts(small) == [-97, 145]
    assert (small.total, small.amount_due, small.amount_paid, small.status) == (48, 0, 0, "paid")
    assert await balance(standin, agency) == 48
    # 1 to 2 Voice: floor(-5999/62) = -97 and floor(11998/62) = 193, 96 cents, and the 48 that were left.
    next_one = invoice_of(await change(standin, agency, base=3, voice=2))
    assert (next_one.total, next_one.starting_balance, next_one.amount_paid) == (96, 48, 144)
    assert await balance(standin, agency) == 0


async def test_fifty_cents_are_charged(standin: StandIn, agency: Agency) -> None:
    """Voice 1 to 2 with 22,500 s left: floor(-50.396) = -51 and floor(100.79) = 100 is 49; with 22,600 s it is 50."""
    await standin.advance(31 * DAY - 22_600)
    invoice = invoice_of(await change(standin, agency, base=2, voice=2))
    assert amounts(invoice) == [-51, 101]
    assert (invoice.total, invoice.amount_paid) == (50, 50)


async def test_prorations_can_stay_pending_until_the_next_invoice(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    before = await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})
    await change(standin, agency, base=1, voice=3, proration_behavior="create_prorations")
    assert await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription}) == before
    waiting = await standin.stripe.v1.invoice_items.list_async({"customer": agency.customer, "pending": True})
    assert sorted(item.amount for item in waiting.data) == [-3000, -2999, 1550, 7948]
    # The next update that is billed now includes them: 1 to 2 Base is -1550 + 2999.
    invoice = invoice_of(await change(standin, agency, base=2, voice=3))
    assert amounts(invoice) == [-2999, 1550, -3000, 7948, -1550, 2999]
    assert invoice.total == 4948
    emptied = await standin.stripe.v1.invoice_items.list_async({"customer": agency.customer, "pending": True})
    assert emptied.data == []


async def test_without_proration_nothing_is_billed(standin: StandIn, agency: Agency) -> None:
    await standin.advance(HALF_OF_JANUARY)
    await change(standin, agency, base=1, voice=3, proration_behavior="none")
    waiting = await standin.stripe.v1.invoice_items.list_async({"customer": agency.customer, "pending": True})
    invoices = await standin.stripe.v1.invoices.list_async({"subscription": agency.subscription})
    assert (waiting.data, len(invoices.data)) == ([], 1)


async def test_a_new_price_without_a_quantity_means_one_unit(standin: StandIn, agency: Agency) -> None:
    """As at Stripe: 2 Base at another price of the same interval become 1."""
    other = await standin.stripe.v1.prices.create_async(
        {
            "currency": "usd",
            "product_data": {"name": "Other"},
            "recurring": {"interval": "month"},
            "unit_amount_decimal": Decimal("12.5"),
        }
    )
    assert other.unit_amount is None
    changed = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"id": agency.base, "price": other.id}]}
    )
    assert changed["items"].data[0].quantity == 1


async def test_an_added_and_a_deleted_item_are_prorated(standin: StandIn, agency: Agency) -> None:
    """At the half of the month: Voice goes, -3000; and comes back twice, floor(11998/2)."""
    await standin.advance(HALF_OF_JANUARY)
    gone = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription,
        {
            "items": [{"id": agency.voice, "deleted": True}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert amounts(invoice_of(gone)) == [-3000]
    back = await standin.stripe.v1.subscriptions.update_async(
        agency.subscription,
        {
            "items": [{"price": agency.prices.voice, "quantity": 2}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert amounts(invoice_of(back)) == [5999]
    assert [item.quantity for item in back["items"].data] == [2, 2]
