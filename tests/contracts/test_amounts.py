"""An amount is written in its currency as CLDR has it, exactly, and without decimals where the currency has none."""

import pytest

from contracts.amounts import currency_name, decimal, digits, money, money_per_cycle
from contracts.message import Invoice
from contracts.vocabulary import BillingCycle


@pytest.mark.parametrize(
    ("amount", "currency", "words", "number"),
    [
        (123456, "usd", "$1,234.56", "1234.56"),
        (-5, "usd", "-$0.05", "-0.05"),
        (0, "usd", "$0.00", "0.00"),
        (5000, "eur", "€50.00", "50.00"),
        (5000, "jpy", "¥5,000", "5000"),
        (5125, "kwd", "KWD\u00a05.125", "5.125"),
        (1250, "rsd", "RSD\u00a012.50", "12.50"),
        (50000, "ugx", "UGX\u00a0500", "500.00"),
        (900719925474099325, "gbp", "£9,007,199,254,740,993.25", "9007199254740993.25"),
    ],
)
def test_an_amount_has_its_currency_and_no_cent_is_lost(amount: int, currency: str, words: str, number: str) -> None:
    assert money(amount, currency) == words
    assert decimal(amount, currency) == number


def test_a_price_names_its_cycle() -> None:
    assert money_per_cycle(18997, BillingCycle.MONTHLY, "usd") == "$189.97/mo"
    assert money_per_cycle(60000, BillingCycle.ANNUAL, "jpy") == "¥60,000/yr"


@pytest.mark.parametrize(("currency", "count"), [("usd", 2), ("eur", 2), ("jpy", 0), ("bhd", 3), ("isk", 2)])
def test_a_currencys_smallest_unit_is_as_small_as_stripes(currency: str, count: int) -> None:
    assert digits(currency) == count


@pytest.mark.parametrize(("currency", "name"), [("usd", "US dollars"), ("eur", "euros"), ("jpy", "Japanese yen")])
def test_a_currency_has_a_name(currency: str, name: str) -> None:
    assert currency_name(currency) == name


@pytest.mark.parametrize(
    ("total", "paid", "is_paid", "from_balance"),
    [(5000, 5000, True, 0), (5000, 3000, True, 2000), (5000, 0, False, 0), (-700, 0, True, 0)],
)
def test_only_a_paid_invoice_took_something_from_the_balance(
    total: int, paid: int, is_paid: bool, from_balance: int
) -> None:
    invoice = Invoice(id="in_1", number="A-1", total=total, amount_paid=paid, is_paid=is_paid)
    assert invoice.from_balance == from_balance
