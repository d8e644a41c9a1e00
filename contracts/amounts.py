"""Amounts in their currency, as CLDR writes them in American English: $1,234.56, €50.00, ¥5,000.

No amount is written without its currency, so the currency has no default here.
Exact: an amount is never a float.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Final

from icu import CurrencyUnit, Locale, LocalizedNumberFormatter, NumberFormatter

from contracts.vocabulary import BillingCycle

_LOCALE: Final = "en_US"
_WITHOUT_CENTS: Final = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
"""Stripe's zero-decimal currencies. Source: Stripe's documentation, "Supported currencies"."""
_EACH: Final = {BillingCycle.MONTHLY: "mo", BillingCycle.ANNUAL: "yr"}


def money(amount: int, currency: str) -> str:
    """$1,234.56, -€50.00 or ¥5,000, from an amount in the smallest unit of the currency (Stripe's code)."""
    return str(_formatter(currency.upper()).formatDecimal(decimal(amount, currency).encode()))


def money_per_cycle(amount: int, cycle: BillingCycle, currency: str) -> str:
    """$189.97/mo or ¥60,000/yr, from an amount a cycle."""
    return f"{money(amount, currency)}/{_EACH[cycle]}"


def decimal(amount: int, currency: str) -> str:
    """1234.56, or 5000 in a currency without a smaller unit: what a spreadsheet reads as a number."""
    return str(amount) if currency in _WITHOUT_CENTS else f"{Decimal(amount) / 100:.2f}"


def has_cents(currency: str) -> bool:
    """True when the currency has a smaller unit, a hundredth."""
    return currency not in _WITHOUT_CENTS


@cache
def _formatter(code: str) -> LocalizedNumberFormatter:
    return NumberFormatter.withLocale(Locale(_LOCALE)).unit(CurrencyUnit(code))
