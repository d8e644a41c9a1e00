"""The policies of a seat type, and what the Auto-Add switch means as one.

Standard library only, so that a domain rule may import them.
"""

from __future__ import annotations

from enum import StrEnum


class SeatPolicy(StrEnum):
    """What a first login to a seat type does.

    APPROVE_EACH: it waits for an admin, also when a seat is free. ASK: it takes a free seat, or else waits for an admin
    (Auto-Add OFF). BUY: it takes a free seat, or else Auto-Add buys one (Auto-Add ON).
    """

    APPROVE_EACH = "approve_each"
    ASK = "ask"
    BUY = "buy"


def policy_of_the_switch(*, enabled: bool) -> SeatPolicy:
    """The policy of a seat type that follows the Auto-Add switch: ON buys when full, OFF asks."""
    return SeatPolicy.BUY if enabled else SeatPolicy.ASK


def own_policies(base: SeatPolicy, voice: SeatPolicy) -> tuple[SeatPolicy | None, SeatPolicy | None]:
    """The policies that both types have of their own, beside the switch; None for one that follows it.

    Auto-Add is ON exactly if a type is to buy.
    """
    plain = policy_of_the_switch(enabled=is_on(base, voice))
    return (None if base is plain else base), (None if voice is plain else voice)


def is_on(base: SeatPolicy, voice: SeatPolicy) -> bool:
    """Whether Auto-Add is ON by these policies."""
    return SeatPolicy.BUY in {base, voice}
