"""What became of a month's first logins, and how many of them each policy would have made wait for an admin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from contracts.policy_vocabulary import SeatPolicy
from contracts.vocabulary import SeatType


@dataclass(frozen=True, slots=True)
class FirstLogins:
    """The first logins of a month to one seat type: a free seat, a seat that Auto-Add bought, or Blocked."""

    free: int = 0
    bought: int = 0
    blocked: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.free + self.bought + self.blocked


@dataclass(frozen=True, slots=True)
class PolicyInUse:
    """A seat type, its policy, and what became of last month's first logins to it."""

    seat_type: SeatType
    policy: SeatPolicy
    last_month: FirstLogins


def would_have_asked(logins: FirstLogins, policy: SeatPolicy) -> int:
    """How many of these people would have waited for an admin. Without a limit or a fault, buying lets everybody in."""
    match policy:
        case SeatPolicy.APPROVE_EACH:
            return logins.total
        case SeatPolicy.ASK:
            return logins.bought + logins.blocked
        case SeatPolicy.BUY:
            return 0
        case never:
            assert_never(never)
