"""The policies of the seat types as JSON bodies."""

from __future__ import annotations

from contracts.policy_vocabulary import SeatPolicy
from services.gateway.api.schemas.seat_policies import PolicyInUseOut, SeatPoliciesInUseOut, SeatPoliciesOut
from services.gateway.domain.first_logins import PolicyInUse


def policies_out(base: SeatPolicy, voice: SeatPolicy) -> SeatPoliciesOut:
    """The policies that were set."""
    return SeatPoliciesOut(base=base, voice=voice)


def policies_in_use_out(base: PolicyInUse, voice: PolicyInUse) -> SeatPoliciesInUseOut:
    """The policies, with last month's first logins."""
    return SeatPoliciesInUseOut(base=_in_use(base), voice=_in_use(voice))


def _in_use(of_type: PolicyInUse) -> PolicyInUseOut:
    logins = of_type.last_month
    return PolicyInUseOut(
        policy=of_type.policy,
        last_month_free=logins.free,
        last_month_bought=logins.bought,
        last_month_blocked=logins.blocked,
    )
