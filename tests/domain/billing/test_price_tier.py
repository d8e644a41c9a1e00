"""The price tier of a quantity, and the next one."""

from decimal import Decimal

import pytest

from contracts.vocabulary import BillingCycle
from services.billing.domain.annual_price import annual_price
from services.billing.domain.plan_total import Tier
from services.billing.domain.price_tier import PriceTier, price_tier

VOICE = (Tier(2, Decimal(5999)), Tier(9, Decimal(5299)), Tier(None, Decimal(4999)))
YEAR = tuple(Tier(tier.up_to, Decimal(annual_price(int(tier.unit)))) for tier in VOICE)


@pytest.mark.parametrize(
    ("quantity", "tier"),
    [
        (0, PriceTier(5999, 5999, 3, 5299)),
        (2, PriceTier(5999, 5999, 3, 5299)),
        (3, PriceTier(5299, 5999, 10, 4999)),
        (9, PriceTier(5299, 5999, 10, 4999)),
        (10, PriceTier(4999, 5999)),
    ],
)
def test_the_whole_quantity_picks_the_tier_and_the_next_one(quantity: int, tier: PriceTier) -> None:
    assert price_tier(VOICE, quantity, BillingCycle.MONTHLY) == tier


def test_the_list_price_of_a_year_is_twelve_months() -> None:
    assert price_tier(YEAR, 3, BillingCycle.ANNUAL) == PriceTier(57229, 12 * 5999, 10, 53989)


def test_a_fraction_of_a_cent_is_shown_as_the_nearest_cent() -> None:
    assert price_tier((Tier(None, Decimal("99.5")),), 1, BillingCycle.MONTHLY) == PriceTier(100, 100)


def test_a_quantity_beyond_every_tier_is_in_the_last_one() -> None:
    assert price_tier(VOICE[:2], 30, BillingCycle.MONTHLY) == PriceTier(5299, 5999)


def test_the_last_tier_has_no_next_one_even_if_it_ends() -> None:
    assert price_tier(VOICE[:1], 1, BillingCycle.MONTHLY) == PriceTier(5999, 5999)


def test_half_a_cent_is_always_rounded_up() -> None:
    shown = [price_tier((Tier(None, Decimal(f"{n}.5")),), 1, BillingCycle.MONTHLY).unit for n in (98, 99)]
    assert shown == [99, 100]


def test_a_seats_price_is_the_average_where_seats_differ_in_price() -> None:
    # Until now six seats for $143.00, of which the last costs $10.00, were shown as $10.00 a seat.
    graduated = (Tier(2, Decimal(5000)), Tier(None, Decimal(1000), Decimal(300)))
    assert price_tier(graduated, 6, BillingCycle.MONTHLY, mixed=14300) == PriceTier(2383, 5000)
    assert price_tier(graduated, 0, BillingCycle.MONTHLY, mixed=0) == PriceTier(5000, 5000)
