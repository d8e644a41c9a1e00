"""The limits of Auto-Add: no purchase of it begins beyond a limit, whatever else happens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from contracts.month_price import month_price
from contracts.vocabulary import BillingCycle
from tests.simulation.invariants import Violation

_KINDS = ("base", "voice")


def nothing_is_bought_beyond_a_limit(messages: Iterable[Mapping[str, Any]]) -> None:
    """Check each purchase of Auto-Add against the limits that were set last, with what it had bought that month."""
    messages = [*messages]
    prices = _lowest_prices(messages)
    limits: dict[str, Mapping[str, Any]] = {}
    bought: dict[tuple[str, str, str], int] = defaultdict(int)
    for message in messages:
        agency, data, month = str(message["agency_id"]), message["data"], f"{message['published_at']:%Y-%m}"
        if message["type"] == "seats.auto_add_limits_set.v1":
            limits[agency] = data
        elif message["type"] == "seats.seats_auto_added.v1":
            for kind in _KINDS:
                bought[agency, kind, month] += max(0, data["after"][kind] - data["before"][kind])
        elif message["type"] == "seats.purchase_started.v1" and agency in limits:
            for kind in _KINDS:
                added, after = data["after"][kind] - data["before"][kind], data["after"][kind]
                in_month, limit = bought[agency, kind, month] + added, limits[agency][kind]
                price = prices.get((agency, kind), 0) * in_month
                used = {"seats": after, "month_seats": in_month, "month_amount": price}
                beyond = [name for name, most in limit.items() if most is not None and used[name] > most]
                if added > 0 and beyond:
                    raise Violation("never above a limit", f"{agency}: {used} of {kind}, and the limits are {limit}")


def _lowest_prices(messages: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """The lowest price a month of each seat type: seats may not know of a newer one yet."""
    prices: dict[tuple[str, str], int] = {}
    for message in messages:
        if message["type"] == "billing.plan_changed.v1":
            cycle = BillingCycle(message["data"]["cycle"])
            for tier in message["data"]["prices"]:
                key = (str(message["agency_id"]), tier["seat_type"])
                price = month_price(tier["unit_amount"], tier["next_unit_amount"], cycle)
                prices[key] = min(price, prices.get(key, price))
    return prices
