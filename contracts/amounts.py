"""Amounts in their currency, as CLDR writes them in American English: $1,234.56, €50.00, ¥5,000.

No amount is written without its currency, so the currency has no default here.
Exact: an amount is never a float.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Final

from icu import CurrencyUnit, Locale, LocalizedNumberFormatter, NumberFormatter, Precision, UNumberUnitWidth

from contracts.vocabulary import BillingCycle

_LOCALE: Final = "en_US"
_WITHOUT_CENTS: Final = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
)
"""Stripe's zero-decimal currencies. Source: Stripe's documentation, "Supported currencies"."""
_THOUSANDTHS: Final = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
"""Stripe's three-decimal currencies. Source: as above."""
_WHOLE: Final = frozenset(("isk", "ugx"))
"""Stripe has these in hundredths, and never in fractions of the unit. Source: as above, "Special cases"."""
_SOME: Final = b"2"
_EACH: Final = {BillingCycle.MONTHLY: "mo", BillingCycle.ANNUAL: "yr"}


def money(amount: int, currency: str) -> str:
    """$1,234.56, -€50.00 or ¥5,000, from an amount in the smallest unit of the currency (Stripe's code)."""
    return str(_formatter(currency.upper()).formatDecimal(decimal(amount, currency).encode()))


def money_per_cycle(amount: int, cycle: BillingCycle, currency: str) -> str:
    """$189.97/mo or ¥60,000/yr, from an amount a cycle."""
    return f"{money(amount, currency)}/{_EACH[cycle]}"


def decimal(amount: int, currency: str) -> str:
    """1234.56, or 5000 in a currency without a smaller unit: what a spreadsheet reads as a number."""
    return f"{Decimal(amount).scaleb(-digits(currency)):f}"


def digits(currency: str) -> int:
    """How many decimals Stripe's amounts have in this currency: none, two, or three."""
    if currency in _WITHOUT_CENTS:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def currency_name(currency: str) -> str:
    """US dollars, euros, Japanese yen: the currency as CLDR names several units of it."""
    plural = _formatter(currency.upper()).unitWidth(UNumberUnitWidth.FULL_NAME).formatDecimal(_SOME)
    return str(plural).partition(" ")[2]


@cache
def _formatter(code: str) -> LocalizedNumberFormatter:
    """A formatter with Stripe's decimals: CLDR has fewer for some currencies, and would round cents away."""
    currency = code.lower()
    precision = Precision.fixedFraction(0 if currency in _WHOLE else digits(currency))
    return NumberFormatter.withLocale(Locale(_LOCALE)).unit(CurrencyUnit(code)).precision(precision)
