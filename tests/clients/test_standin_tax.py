"""Tax, as "Tax rates" and "Collect taxes for recurring payments" have it. Amounts are calculated by hand.

The agency has 2 Base at $29.99 (5998) and 1 Voice at $59.99 (5999).
"""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import DAY, HALF_OF_JANUARY, StandIn
from tests.clients.test_standin_failures import quantities
from tests.clients.test_standin_preview import preview
from tests.clients.test_standin_proration import amounts, change, invoice_of
from tests.clients.test_standin_time import newest

HOUR = 3600


async def rate(standin: StandIn, percentage: float, *, inclusive: bool) -> str:
    made = await standin.stripe.v1.tax_rates.create_async(
        {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
    )
    return made.id


async def tax(standin: StandIn, agency: Agency, *rates: str) -> None:
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"default_tax_rates": list(rates)})


async def locate(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.customers.update_async(
        agency.customer, {"address": {"country": "US", "postal_code": "94103"}}
    )


async def automatic(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"automatic_tax": {"enabled": True}})


async def test_an_exclusive_rate_is_added_to_each_line(standin: StandIn, agency: Agency) -> None:
    """20 % of 5998 is 1199.6, 1200; of 5999 it is 1199.8, 1200."""
    await tax(standin, agency, await rate(standin, 20, inclusive=False))
    invoice = await preview(standin, agency, 2, 1, mode="recurring")
    assert (invoice.subtotal, invoice.total_excluding_tax, invoice.total) == (11997, 11997, 14397)
    assert [amount.amount for amount in invoice.total_taxes or []] == [2400]


async def test_an_inclusive_rate_is_part_of_the_price(standin: StandIn, agency: Agency) -> None:
    """5998 x 20/120 = 999.67, 1000; 5999 x 20/120 = 999.83, 1000."""
    await tax(standin, agency, await rate(standin, 20, inclusive=True))
    invoice = await preview(standin, agency, 2, 1, mode="recurring")
    assert (invoice.subtotal, invoice.total_excluding_tax, invoice.total) == (11997, 9997, 11997)
    assert [(one.amount, one.tax_behavior) for one in invoice.total_taxes or []] == [(2000, "inclusive")]


async def test_an_items_own_rate_goes_before_the_subscriptions(standin: StandIn, agency: Agency) -> None:
    await tax(standin, agency, await rate(standin, 20, inclusive=False))
    own = await rate(standin, 50, inclusive=False)
    await standin.stripe.v1.subscriptions.update_async(
        agency.subscription, {"items": [{"id": agency.voice, "tax_rates": [own]}]}
    )
    invoice = await preview(standin, agency, 2, 1, mode="recurring")
    assert invoice.total == 11997 + 1200 + 3000


async def test_tax_is_of_the_price_after_the_discount(standin: StandIn, agency: Agency) -> None:
    """Half of 5998 is 2999, 20 % of it 599.8, 600; half of 5999 is 2999.5, 3000 off, 2999 left, 599.8, 600."""
    half = await standin.stripe.v1.coupons.create_async({"duration": "forever", "percent_off": 50})
    await standin.stripe.v1.subscriptions.update_async(agency.subscription, {"discounts": [{"coupon": half.id}]})
    await tax(standin, agency, await rate(standin, 20, inclusive=False))
    invoice = await preview(standin, agency, 2, 1, mode="recurring")
    assert invoice.total == 2999 + 2999 + 600 + 600


async def test_a_proration_is_taxed_and_its_credit_has_the_tax_of_the_debit(standin: StandIn, agency: Agency) -> None:
    """Compare: taxes are credited as they were debited. January was billed without tax: only the debit is taxed.

    20 % of 4498 is 899.6, 900.
    """
    await tax(standin, agency, await rate(standin, 20, inclusive=False))
    await standin.advance(HALF_OF_JANUARY)
    invoice = invoice_of(await change(standin, agency, base=3, voice=1))
    assert (amounts(invoice), invoice.total, invoice.amount_paid) == ([-2999, 4498], 1499 + 900, 2399)
    # In the same second back: the debit is credited with its tax.
    back = invoice_of(await change(standin, agency, base=2, voice=1))
    assert (amounts(back), back.total) == ([-4499, 2999], -4499 + 2999 - 900 + 600)


async def test_an_exempt_customer_pays_no_tax(standin: StandIn, agency: Agency) -> None:
    await standin.stripe.v1.customers.update_async(agency.customer, {"tax_exempt": "exempt"})
    await tax(standin, agency, await rate(standin, 20, inclusive=False))
    assert (await preview(standin, agency, 2, 1, mode="recurring")).total == 11997


async def test_automatic_tax_needs_the_customers_location(standin: StandIn, agency: Agency) -> None:
    """Collect taxes for recurring payments: `customer_tax_location_invalid`; bitwarden/server#5374."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await automatic(standin, agency)
    assert refused.value.code == "customer_tax_location_invalid"
    await locate(standin, agency)
    await automatic(standin, agency)
    invoice = await preview(standin, agency, 2, 1, mode="recurring")
    assert (invoice.automatic_tax.status, invoice.total) == ("complete", 11997 + 600 + 600)


async def test_every_change_is_refused_once_the_location_is_gone(standin: StandIn, agency: Agency) -> None:
    """mozilla/fxa#20458: the same error at each update, and a preview that names the missing location."""
    await locate(standin, agency)
    await automatic(standin, agency)
    await standin.stripe.v1.customers.update_async(agency.customer, {"address": ""})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await change(standin, agency, base=3, voice=1)
    assert (refused.value.code, await quantities(standin, agency)) == ("customer_tax_location_invalid", [2, 1])
    foreseen = await preview(standin, agency, base=3, voice=1)
    assert foreseen.automatic_tax.status == "requires_location_inputs"


async def test_a_renewal_without_a_location_stays_a_draft(standin: StandIn, agency: Agency) -> None:
    """Collect taxes for recurring payments: `invoice.finalization_failed`."""
    await locate(standin, agency)
    await automatic(standin, agency)
    await standin.stripe.v1.customers.update_async(agency.customer, {"address": ""})
    await standin.advance(31 * DAY + HOUR)
    renewal = await newest(standin, agency)
    assert renewal.last_finalization_error is not None
    assert (renewal.status, renewal.last_finalization_error.code) == ("draft", "customer_tax_location_invalid")
    await standin.webhooks.until("invoice.finalization_failed")
