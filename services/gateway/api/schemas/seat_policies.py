"""The JSON bodies of the seat types' policies and of the moving line."""

from __future__ import annotations

from pydantic import Field, StrictBool

from contracts.policy_vocabulary import SeatPolicy
from services.gateway.api.schemas.base import Wire


class SeatPoliciesIn(Wire):
    """What a first login to each seat type does.

    `approve_each`: it waits for an admin, also when a seat is free. `ask`: it takes a free seat, or waits for an admin.
    `buy`: it takes a free seat, or Auto-Add buys one.
    """

    base: SeatPolicy = Field(examples=["ask"])
    voice: SeatPolicy = Field(examples=["approve_each"])


class SeatPoliciesOut(Wire):
    """The policies as they are set."""

    base: SeatPolicy
    voice: SeatPolicy


class PolicyInUseOut(Wire):
    """A seat type's policy, and what became of the first logins of the last calendar month in UTC."""

    policy: SeatPolicy
    last_month_free: int
    last_month_bought: int
    last_month_blocked: int


class SeatPoliciesInUseOut(Wire):
    """The policies, with last month's first logins."""

    base: PolicyInUseOut
    voice: PolicyInUseOut


class MovingLineIn(Wire):
    """Whether a free seat goes to the Blocked member who has waited longest for one. Nothing is bought for it."""

    enabled: StrictBool = Field(examples=[True])


class MovingLineOut(Wire):
    """Whether free seats go to Blocked members by themselves."""

    enabled: bool
