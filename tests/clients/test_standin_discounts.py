"""Discounts on items, subscriptions and customers, as Stripe's documentation has them.

The pages: "Coupons and promotion codes", "Prorations" (Prorations and discounts), and "Compare classic and flexible
billing mode". The agency has 2 Base at $29.99 and 1 Voice at $59.99; January has 31 days. Amounts are calculated by
hand.
"""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, StandIn
from tests.clients.test_standin_flexible import another, set_quantity
from tests.clients.test_standin_preview import preview, proration_date
from tests.clients.test_standin_proration import amounts, change, invoice_of
from tests.clients.test_standin_time import newest

HOUR = 3600


async def coupon(standin: StandIn, duration: str = "forever", **off: object) -> str:
    made = await standin.stripe.v1.coupons.create_async({"duration": duration, **(off or {"percent_off": 10})})  # type: ignore[arg-type]
    return made.id


async def discount(standin: StandIn, agency: Agency, *coupons: str) -> stripe.Subscription:
    return await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"discounts": [{"coupon": one} for one in coupons], "expand": ["discounts.source.coupon"]}
    )


async def recurring(standin: StandIn, agency: Agency) -> stripe.Invoice:
    return await preview(standin, agency, 2, 1, mode="recurring")


async def test_a_subscriptions_coupon_takes_its_percentage_off_each_line(standin: StandIn, agency: Agency) -> None:
    """10 % of 5998 is 599.8, 600; of 5999 it is 599.9, 600. 11997 - 1200 = 10797."""
    held = await discount(standin, agency, await coupon(standin))
    given = held.discounts[0]
    assert isinstance(given, stripe.Discount)
    assert isinstance(given.source.coupon, stripe.Coupon)
    assert given.source.coupon.percent_off == 10
    invoice = await recurring(standin, agency)
    assert (invoice.subtotal, invoice.total, invoice.amount_due) == (11997, 10797, 10797)
    assert [amount.amount for amount in invoice.total_discount_amounts or []] == [1200]
    assert [line.discount_amounts and line.discount_amounts[0].amount for line in invoice.lines.data] == [600, 600]


async def test_an_items_coupon_takes_nothing_off_the_other_item(standin: StandIn, agency: Agency) -> None:
    half = await coupon(standin, percent_off=50)
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"id": agency.voice, "discounts": [{"coupon": half}]}]}
    )
    invoice = await recurring(standin, agency)
    assert (invoice.subtotal, invoice.total) == (11997 - 3000, 11997 - 3000)


async def test_a_customers_coupon_counts_only_where_the_subscription_has_none(standin: StandIn, agency: Agency) -> None:
    path = f"/_control/dashboard/customers/{agency.customer}"
    (await standin.control.post(path, json={"coupon": await coupon(standin, percent_off=50)})).raise_for_status()
    assert (await recurring(standin, agency)).total == 11997 - 2999 - 3000
    await discount(standin, agency, await coupon(standin))
    assert (await recurring(standin, agency)).total == 10797
    (await standin.control.post(path, json={"coupon": None})).raise_for_status()


async def test_an_amount_off_is_shared_by_the_lines_in_proportion(standin: StandIn, agency: Agency) -> None:
    """Compare: proportional discount application. 1000 x 5998 / 11997 = 499.96, 500."""
    await discount(standin, agency, await coupon(standin, amount_off=1000, currency="usd"))
    invoice = await recurring(standin, agency)
    assert invoice.total == 10997
    assert [line.discount_amounts and line.discount_amounts[0].amount for line in invoice.lines.data] == [500, 500]


async def test_an_amount_off_takes_no_more_than_there_is(standin: StandIn, agency: Agency) -> None:
    await discount(standin, agency, await coupon(standin, amount_off=99_999, currency="usd"))
    assert (await recurring(standin, agency)).total == 0


async def test_a_coupon_for_once_is_for_one_renewal_and_then_gone(standin: StandIn, agency: Agency) -> None:
    await discount(standin, agency, await coupon(standin, "once"))
    totals = []
    for _ in range(2):
        await standin.advance(31 * DAY)
        totals.append((await newest(standin, agency)).total)
    assert totals == [10797, 11997]
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).discounts == []
    await standin.webhooks.until("customer.discount.deleted")


async def test_an_items_coupon_for_once_waits_while_the_item_has_no_seats(standin: StandIn, agency: Agency) -> None:
    """API: `once` is for the first charge, and a period of no seats is no charge. 5998 + 5999 - 3000 = 8997 in March.

    February is billed without Voice. The Voice seat that is bought in February is a proration.
    """
    half = await coupon(standin, "once", percent_off=50)
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"id": agency.voice, "discounts": [{"coupon": half}]}]}
    )
    await change(standin, agency, base=2, voice=0)
    await standin.advance(31 * DAY)
    totals = [(await newest(standin, agency)).total]
    bought = invoice_of(await change(standin, agency, base=2, voice=1))
    for month in (28 * DAY, 31 * DAY):
        await standin.advance(month)
        totals.append((await newest(standin, agency)).total)
    assert (totals, amounts(bought)) == ([5998, 8997, 11997], [5999])


async def test_a_repeating_coupon_ends_by_itself(standin: StandIn, agency: Agency) -> None:
    """Given on New Year for one month, it is over on 1 February, when February is billed."""
    await discount(standin, agency, await coupon(standin, "repeating", duration_in_months=1, percent_off=10))
    await standin.advance(31 * DAY)
    assert (await newest(standin, agency)).total == 11997
    assert (await standin.stripe.v1.subscriptions.retrieve_async(agency.subscription)).discounts == []


async def test_a_proration_has_the_discount_in_its_amount(standin: StandIn, agency: Agency) -> None:
    """Prorations and discounts: prorations are not discountable, their amounts are net.

    The two Base were debited before the discount: 2999 is credited. Three cost 8997 x 0.9 / 2 = 4048.65.
    """
    await discount(standin, agency, await coupon(standin))
    await standin.advance(HALF_OF_JANUARY)
    invoice = invoice_of(await change(standin, agency, base=3, voice=1))
    assert (amounts(invoice), invoice.total) == ([-2999, 4048], 1049)
    assert {line.discountable for line in invoice.lines.data} == {False}


async def test_an_itemized_proration_names_its_discount_beside_the_amount_before_it(
    standin: StandIn, agency: Agency
) -> None:
    """Changelog 2025-09-30.clover: the amount is gross, `discount_amounts` is what was taken off.

    At the half of January, 5998 x 0.9 / 2 = 2699.1 is credited, 2998.999 before the discount; of 8997 / 2 = 4498.5,
    4048.65 is debited. The same of a subscription that includes them is -2700 and 4048.
    """
    made = await standin.stripe.v1.subscriptions.create_async(
        {
            "customer": agency.customer,
            "items": [{"price": agency.prices.base, "quantity": 2}],
            "discounts": [{"coupon": await coupon(standin)}],
            "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
        }
    )
    await standin.advance(HALF_OF_JANUARY)
    left = await set_quantity(standin, made, 3, "create_prorations")
    waiting = await standin.stripe.v1.invoice_items.list_async({"customer": agency.customer, "pending": True})
    assert {(item.amount, item.net_amount) for item in waiting.data} == {(-2999, -2700), (4498, 4048)}
    invoice = await standin.stripe.v1.invoices.create_async({"customer": agency.customer, "subscription": left.id})
    assert amounts(invoice) == [-2999, 4498]
    assert [line.discount_amounts and line.discount_amounts[0].amount for line in invoice.lines.data] == [-299, 450]
    assert [amount.amount for amount in invoice.total_discount_amounts or []] == [151]
    assert (invoice.subtotal, invoice.total) == (1499, 1348)


async def test_itemized_discounts_of_an_item_and_of_its_subscription_are_named_apart(
    standin: StandIn, agency: Agency
) -> None:
    """The changelog's example: ten percent off 10.00 are the item's discount, and 2.00 the subscription's."""
    tenth, two = await coupon(standin), await coupon(standin, amount_off=200, currency="usd")
    product = await standin.stripe.v1.products.create_async({"name": "Room"})
    price = await standin.stripe.v1.prices.create_async(
        {"product": product.id, "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"}}
    )
    made = await standin.stripe.v1.subscriptions.create_async(
        {
            "customer": agency.customer,
            "items": [{"price": price.id, "quantity": 0, "discounts": [{"coupon": tenth}]}],
            "discounts": [{"coupon": two}],
            "billing_mode": {"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
        }
    )
    invoice = invoice_of(await set_quantity(standin, made, 1))
    (line,) = invoice.lines.data
    assert (line.amount, [part.amount for part in line.discount_amounts or []]) == (1000, [100, 200])
    assert (invoice.subtotal, invoice.total) == (900, 700)


async def test_a_credit_is_of_what_was_debited_after_the_discount_has_ended(standin: StandIn, agency: Agency) -> None:
    """Compare: the original debit's discount is credited in flexible mode.

    February was billed with 10 % off. The discount is then taken away. At the half of February 5998 x 0.9 / 2 = 2699.1
    is credited, and 3 x 2999 / 2 = 4498.5 is debited.
    """
    await discount(standin, agency, await coupon(standin))
    await standin.advance(31 * DAY + HOUR)
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"discounts": ""})
    await standin.advance(14 * DAY - HOUR)
    assert amounts(invoice_of(await change(standin, agency, base=3, voice=1))) == [-2700, 4498]


async def test_a_discount_that_ends_between_the_quote_and_the_save_changes_the_price(
    standin: StandIn, agency: Agency
) -> None:
    """pay-rails/pay#757: the same proration date, another price. The discount ends at ten seconds past midnight."""
    await standin.advance(10)
    await discount(standin, agency, await coupon(standin, "repeating", duration_in_months=1, percent_off=50))
    await standin.advance(31 * DAY - 5)
    foreseen = await preview(standin, agency, 3, 1)
    await standin.advance(5)
    charged = invoice_of(await change(standin, agency, 3, 1, proration_date=proration_date(foreseen)))
    # 5998 was debited for February with half off. 3 x 2999 less half of it is foreseen, and all of it is charged.
    assert (amounts(foreseen), amounts(charged)) == ([-2999, 4498], [-2999, 8996])


async def test_classic_mode_shares_an_amount_off_evenly(standin: StandIn, agency: Agency) -> None:
    """Compare: classic distributes discounts evenly. Half of (5998 - 500), and of (8997 - 500) for three."""
    off = await coupon(standin, amount_off=1000, currency="usd")
    classic = await another(standin, agency, "classic", base=2, voice=1)
    await standin.stripe.v1.subscriptions.update_async(classic.id, {"discounts": [{"coupon": off}]})
    await standin.advance(HALF_OF_JANUARY)
    changed = await standin.stripe.v1.subscriptions.update_async(
        classic.id,
        {
            "items": [{"id": classic["items"].data[0].id, "quantity": 3}],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
        },
    )
    assert amounts(invoice_of(changed)) == [-2999, 4248]


@pytest.mark.parametrize(
    "wrong", [{}, {"percent_off": 5, "amount_off": 5, "currency": "usd"}, {"amount_off": 5}, {"percent_off": 101}]
)
async def test_an_impossible_coupon_gets_a_400(standin: StandIn, wrong: dict[str, object]) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await standin.stripe.v1.coupons.create_async({"duration": "forever", **wrong})  # type: ignore[arg-type]
