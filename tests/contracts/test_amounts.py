"""An amount is written in its currency as CLDR has it, exactly, and without decimals where the currency has none."""

import pytest

from contracts.amounts import decimal, money, money_per_cycle
from contracts.vocabulary import BillingCycle


@pytest.mark.parametrize(
    ("amount", "currency", "words", "number"),
    [
        (123456, "usd", "$1,234.56", "1234.56"),
        (-5, "usd", "-$0.05", "-0.05"),
        (0, "usd", "$0.00", "0.00"),
        (5000, "eur", "€50.00", "50.00"),
        (5000, "jpy", "¥5,000", "5000"),
        (900719925474099325, "gbp", "£9,007,199,254,740,993.25", "9007199254740993.25"),
    ],
)
def test_an_amount_has_its_currency_and_no_cent_is_lost(amount: int, currency: str, words: str, number: str) -> None:
    assert money(amount, currency) == words
    assert decimal(amount, currency) == number


def test_a_price_names_its_cycle() -> None:
    assert money_per_cycle(18997, BillingCycle.MONTHLY, "usd") == "$189.97/mo"
    assert money_per_cycle(60000, BillingCycle.ANNUAL, "jpy") == "¥60,000/yr"
