"""Currencies with and without smaller units, prices in several currencies, and graduated tiers.

The pages: "Supported currencies" (zero-decimal currencies), "Currency options" and "Recurring pricing models".
"""

import pytest
import stripe

from tests.clients.conftest import Agency
from tests.clients.standin import HALF_OF_JANUARY, StandIn
from tests.clients.test_standin_proration import amounts, invoice_of


async def subscribe(standin: StandIn, price: str, quantity: int, **more: str) -> stripe.Subscription:
    """A subscription of a new customer to one item."""
    customer = await standin.stripe.v1.customers.create_async(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    return await standin.stripe.v1.subscriptions.create_async(
        {  # type: ignore[arg-type]
            "customer": customer.id,
            "items": [{"price": price, "quantity": quantity}],
            "expand": ["latest_invoice"],
            **more,
        }
    )


async def price(standin: StandIn, **more: object) -> stripe.Price:
    return await standin.stripe.v1.prices.create_async(
        {"product_data": {"name": "Seat"}, "recurring": {"interval": "month"}, **more}  # type: ignore[typeddict-item]
    )


async def grow(standin: StandIn, held: stripe.Subscription, quantity: int) -> stripe.Invoice:
    item = held["items"].data[0].id
    return invoice_of(
        await standin.stripe.v1.subscriptions.update_async(
            held.id,
            {
                "items": [{"id": item, "quantity": quantity}],
                "proration_behavior": "always_invoice",
                "expand": ["latest_invoice"],
            },
        )
    )


@pytest.mark.parametrize(("currency", "shown"), [("eur", "€57.98"), ("jpy", "¥5,798")])
async def test_amounts_are_in_the_smallest_unit_of_the_currency(standin: StandIn, currency: str, shown: str) -> None:
    """Supported currencies: yen have no smaller unit. At the half: floor(-2899), floor(8697 / 2) = 4348."""
    held = await subscribe(standin, (await price(standin, currency=currency, unit_amount=2899)).id, 2)
    first = invoice_of(held)
    assert (held.currency, first.currency, first.total) == (currency, currency, 5798)
    assert first.hosted_invoice_url is not None
    assert shown in (await standin.control.get(first.hosted_invoice_url)).text
    await standin.advance(HALF_OF_JANUARY)
    assert amounts(await grow(standin, held, 3)) == [-2899, 4348]


async def test_a_price_can_have_options_in_other_currencies(standin: StandIn) -> None:
    """Currency options: the subscription's currency chooses; shown only if expanded."""
    made = await price(standin, currency="usd", unit_amount=3100, currency_options={"eur": {"unit_amount": 2900}})
    assert "currency_options" not in made
    whole = await standin.stripe.v1.prices.retrieve_async(made.id, {"expand": ["currency_options"]})
    assert whole.currency_options is not None
    options = whole.currency_options.to_dict()
    assert {name: option["unit_amount"] for name, option in options.items()} == {"usd": 3100, "eur": 2900}
    assert invoice_of(await subscribe(standin, made.id, 2)).total == 6200
    in_euro = await subscribe(standin, made.id, 2, currency="eur")
    assert (in_euro.currency, invoice_of(in_euro).total) == ("eur", 5800)
    await standin.advance(HALF_OF_JANUARY)
    assert amounts(await grow(standin, in_euro, 4)) == [-2900, 5800]


async def test_the_tiers_of_an_option_are_shown_only_if_expanded(standin: StandIn) -> None:
    """The Price object: `currency_options.<currency>.tiers` is included only if it is asked for."""
    tiers = [{"up_to": "inf", "unit_amount": 3100}]
    options = {"eur": {"tiers": [{"up_to": 2, "unit_amount": 2900}, {"up_to": "inf", "unit_amount": 2800}]}}
    volume = {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": tiers, "currency_options": options}
    made = await price(standin, currency="usd", **volume)
    shown = await standin.stripe.v1.prices.retrieve_async(made.id, {"expand": ["currency_options.eur.tiers"]})
    assert shown.currency_options is not None
    euro = shown.currency_options.to_dict()["eur"]
    assert [(tier["up_to"], tier["unit_amount"]) for tier in euro["tiers"]] == [(2, 2900), (None, 2800)]
    assert "tiers" not in shown.currency_options.to_dict()["usd"]
    for path in ("currency_options.gbp.tiers", "currency_options.eur.product"):
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            await standin.stripe.v1.prices.retrieve_async(made.id, {"expand": [path]})


async def test_a_price_without_the_currency_and_a_second_currency_get_a_400(standin: StandIn, agency: Agency) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await subscribe(standin, agency.prices.base, 1, currency="eur")
    euro = await price(standin, currency="eur", unit_amount=100)
    with pytest.raises(stripe.InvalidRequestError, match="combine currencies"):
        await standin.stripe.v1.subscriptions.create_async({"customer": agency.customer, "items": [{"price": euro.id}]})


async def test_graduated_tiers_price_each_unit_in_its_own_tier_with_a_line_each(standin: StandIn) -> None:
    """Recurring pricing models: graduated pricing. 5 x 1000 and 2 x 800; at the half 6600/2, and (5000 + 3 x 800)/2."""
    made = await price(
        standin,
        currency="usd",
        billing_scheme="tiered",
        tiers_mode="graduated",
        tiers=[{"up_to": 5, "unit_amount": 1000}, {"up_to": "inf", "unit_amount": 800}],
    )
    assert made.tiers_mode == "graduated"
    held = await subscribe(standin, made.id, 7)
    first = invoice_of(held)
    assert [(line.quantity, line.amount) for line in first.lines.data] == [(5, 5000), (2, 1600)]
    await standin.advance(HALF_OF_JANUARY)
    assert amounts(await grow(standin, held, 8)) == [-3300, 3700]
