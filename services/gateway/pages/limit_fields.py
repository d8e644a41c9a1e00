"""The fields of Auto-Add's limits: three for each seat type, empty for no limit."""

from __future__ import annotations

import re
from collections.abc import Mapping

from contracts.amounts import decimal, digits
from contracts.vocabulary import MOST_SEATS_REQUESTED, RejectionCode, SeatType
from services.gateway.domain.auto_add_limits import Limit, Limits
from services.gateway.domain.large_change import LARGEST_AMOUNT
from services.gateway.model.rejected import RejectedError
from services.gateway.texts.fields import ON_PAGE, amount_rule

_AMOUNT = re.compile(r"[$€¥]?([0-9]{1,9})(?:\.([0-9]{2,3}))?")


def whole(text: str, most: int = LARGEST_AMOUNT) -> int | str:
    """The number that was typed; the text itself when it is none, for the form to reject."""
    number = text.strip().replace(",", "")
    return int(number) if number.isascii() and number.isdigit() and len(number) <= len(str(most)) else text


def cents(text: str, currency: str) -> int | str:
    """The amount that was typed, in the currency's smallest unit; the text itself when it is none, for the form."""
    match, places = _AMOUNT.fullmatch(text.strip().replace(",", "")), digits(currency)
    if match is None or len(match[2] or "") not in {0, places}:
        return text
    return int(match[1] + (match[2] or "0" * places))


def plain(amount: int, currency: str) -> str:
    """The amount as it is typed: 500, or 500.50."""
    units, _, rest = decimal(amount, currency).partition(".")
    return f"{units}.{rest}" if int(rest or 0) else units


def names(seat_type: SeatType) -> tuple[str, str, str]:
    """The names of a seat type's fields."""
    return f"{seat_type}_seats", f"{seat_type}_month_seats", f"{seat_type}_month_amount"


def typed_of(limits: Limits, currency: str) -> dict[str, str]:
    """The fields as they show these limits."""
    typed = {}
    for seat_type in SeatType:
        limit = limits.of(seat_type)
        in_all, a_month, amount = names(seat_type)
        typed[in_all] = "" if limit.seats is None else str(limit.seats)
        typed[a_month] = "" if limit.month_seats is None else str(limit.month_seats)
        typed[amount] = "" if limit.month_amount is None else plain(limit.month_amount, currency)
    return typed


def limits_of(fields: Mapping[str, str], currency: str) -> Limits:
    """The limits that were typed. RejectedError `invalid_request` with a sentence for each field that is wrong."""
    errors: dict[str, str] = {}
    limits = []
    for seat_type in SeatType:
        in_all, a_month, amount = names(seat_type)
        seats, month_seats = _seats(fields, in_all, errors), _seats(fields, a_month, errors)
        limits.append(Limit(seats, month_seats, _price(fields, amount, currency, errors)))
    if errors:
        raise RejectedError(RejectionCode.INVALID_REQUEST, errors=errors)
    return Limits(*limits)


def _seats(fields: Mapping[str, str], name: str, errors: dict[str, str]) -> int | None:
    text = fields.get(name, "").strip()
    value = whole(text) if text else None
    if isinstance(value, str) or (value or 0) > MOST_SEATS_REQUESTED:
        errors[name] = ON_PAGE[SeatType.BASE]
        return None
    return value


def _price(fields: Mapping[str, str], name: str, currency: str, errors: dict[str, str]) -> int | None:
    text = fields.get(name, "").strip()
    value = cents(text, currency) if text else None
    if isinstance(value, str):
        errors[name] = amount_rule(currency)
        return None
    return value
