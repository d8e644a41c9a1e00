"""A volume price is near that a few more seats of a type reach; each of them costs less then."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.vocabulary import SeatType
from services.gateway.domain.volume_price import VolumePrice

MOST_MORE = 5
"""Seats that are a few: somebody may add them for the price's sake."""


@dataclass(frozen=True, slots=True)
class NearTier:
    """From `seats` seats on, which is `more` than now, each costs `unit_amount` instead of `unit_before` a cycle.

    `saves` is what those seats cost less a cycle than at the price of now. Cents.
    """

    seat_type: SeatType
    more: int
    seats: int
    unit_before: int
    unit_amount: int
    saves: int


def near_tier(price: VolumePrice) -> NearTier | None:
    """The volume price that is near; None where there is none, or it saves nothing."""
    if price.next_from is None or price.next_unit_amount is None:
        return None
    more, saved = price.next_from - price.quantity, price.unit_amount - price.next_unit_amount
    if not 0 < more <= MOST_MORE or saved <= 0:
        return None
    return NearTier(
        price.seat_type, more, price.next_from, price.unit_amount, price.next_unit_amount, saved * price.next_from
    )
