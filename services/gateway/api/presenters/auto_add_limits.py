"""Auto-Add's limits as JSON bodies."""

from __future__ import annotations

from services.gateway.api.schemas.auto_add_limits import (
    AutoAddLimitsInUseOut,
    AutoAddLimitsOut,
    LimitIn,
    LimitInUseOut,
    LimitOut,
)
from services.gateway.application.auto_add_limits import LimitsInUse
from services.gateway.domain.auto_add_limits import Limit, Limits, TypeInUse
from services.gateway.domain.limit_last_month import left_out


def limit_of(body: LimitIn) -> Limit:
    """The limit of a request."""
    return Limit(body.seats, body.month_seats, body.month_amount)


def limits_out(limits: Limits) -> AutoAddLimitsOut:
    """The limits that were set."""
    return AutoAddLimitsOut(base=LimitOut.model_validate(limits.base), voice=LimitOut.model_validate(limits.voice))


def limits_in_use_out(in_use: LimitsInUse, currency: str) -> AutoAddLimitsInUseOut:
    """The limits, with what Auto-Add has bought."""
    return AutoAddLimitsInUseOut(base=_in_use(in_use.base), voice=_in_use(in_use.voice), currency=currency)


def _in_use(of_type: TypeInUse) -> LimitInUseOut:
    limit = of_type.limit
    return LimitInUseOut(
        seats=limit.seats,
        month_seats=limit.month_seats,
        month_amount=limit.month_amount,
        bought_this_month=of_type.this_month.seats,
        bought_last_month=of_type.last_month.seats,
        last_month_left_out=left_out(of_type),
        seat_amount=of_type.price,
    )
