"""A large change of money needs a fresh code: one that adds more seats, or charges more today, than the agency's size.

The size is 10 seats or $500 until the agency sets its own. Enlarging the size is itself a step that needs a fresh code.
In another currency both this size and the most that can be set are about as much, in its own smallest unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """The largest change that needs no fresh code: seats that it adds, and cents that it charges today."""

    seats: int
    amount: int


_DOLLAR: Final = 100
_DOLLAR_IN: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        ("aed", "bhd", "brl", "ils", "jod", "kwd", "myr", "omr", "pln", "qar", "ron", "sar", "xaf", "xof"), 500
    ),
    **dict.fromkeys(("clp", "cny", "dkk", "hkd", "kmf", "krw", "nok", "rwf", "sek"), 1_000),
    **dict.fromkeys(("bif", "czk", "mxn", "tnd", "zar"), 2_000),
    **dict.fromkeys(("egp", "mga", "php", "pyg", "thb", "try", "twd", "uah"), 5_000),
    **dict.fromkeys(("bdt", "gnf", "inr", "isk", "kes"), 10_000),
    **dict.fromkeys(("amd", "crc", "huf", "jmd", "kzt", "lkr", "pkr", "rsd", "vnd"), 50_000),
    **dict.fromkeys(("ars", "ngn", "tzs"), 200_000),
    **dict.fromkeys(("cop", "ugx"), 500_000),
    "idr": 2_000_000,
}
"""About how many of a currency's smallest unit (Stripe's) are a dollar; of others 100. No rate of the day is needed."""
MOST_SEATS = 1_000


def default_size(currency: str) -> Size:
    """The size until the agency sets its own: 10 seats, or about $500."""
    return Size(seats=10, amount=500 * _dollar(currency))


def most_amount(currency: str) -> int:
    """The most that an agency can set, about $50,000: without a bound the setting would switch the rule off."""
    return 50_000 * _dollar(currency)


def _dollar(currency: str) -> int:
    return _DOLLAR_IN.get(currency, _DOLLAR)


DEFAULT: Final = default_size("usd")
LARGEST_AMOUNT: Final = max(map(most_amount, _DOLLAR_IN))
"""The most in any currency: what a request is held to before its agency is known."""


def is_large(*, added: int, due_now: int, size: Size) -> bool:
    """Whether a change that adds so many seats and charges so many cents today is above the size."""
    return added > size.seats or due_now > size.amount


def is_larger(size: Size, than: Size) -> bool:
    """Whether a size lets through a change that the other one holds."""
    return size.seats > than.seats or size.amount > than.amount
