"""Amounts as people read them, and the smallest amounts that Stripe charges, by currency."""

from fractions import Fraction

# Stripe's documentation, "Currencies": amounts of these are in whole units.
ZERO_DECIMAL = frozenset({"clp", "jpy", "krw", "vnd"})
CURRENCIES = ("usd", "eur", "gbp", "cad", "aud", "chf", *sorted(ZERO_DECIMAL))
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}

# Stripe's documentation, "Minimum and maximum charge amounts", in the smallest unit; nothing is charged below it.
_SMALLEST = {"usd": 50, "eur": 50, "gbp": 30, "cad": 50, "aud": 50, "chf": 50, "jpy": 50}
_SMALLEST_ELSEWHERE = 50


def smallest_charge(currency: str) -> int:
    """Return the smallest amount that is charged: a smaller debit moves to the customer's balance."""
    return _SMALLEST.get(currency, _SMALLEST_ELSEWHERE)


def written(amount: Fraction | float, currency: str = "usd") -> str:
    """Write an amount of the currency's smallest unit; a minus stands before the sign."""
    sign = _SIGNS.get(currency, f"{currency.upper()} ")
    minus = "-" if amount < 0 else ""
    if currency in ZERO_DECIMAL:
        return f"{minus}{sign}{abs(float(amount)):,.0f}"
    return f"{minus}{sign}{abs(float(amount)) / 100:,.2f}"
