"""The limits of Auto-Add: read with what is used of them and what they would have done last month, and set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta

from chassis.clock import Clock
from contracts.auto_add_limits import AutoAddLimit, SetAutoAddLimits
from contracts.month_price import month_price
from contracts.vocabulary import Quantities, RejectionCode, SeatType
from database.postgres import Pool
from services.gateway.application.operations import Operations, by_admin
from services.gateway.domain.auto_add_limits import Bought, Limit, Limits, TypeInUse
from services.gateway.domain.large_change import most_amount
from services.gateway.domain.raised_limit import raised_limit
from services.gateway.model.agency import Principal
from services.gateway.model.operation import Operation
from services.gateway.model.rejected import RejectedError
from services.gateway.store import auto_add_limits as store
from services.gateway.store import plan as store_plan
from services.gateway.texts.fields import amount_rule


@dataclass(frozen=True, slots=True)
class LimitsInUse:
    """The limits of both seat types, with what Auto-Add has bought of them."""

    base: TypeInUse
    voice: TypeInUse

    def of(self, seat_type: SeatType) -> TypeInUse:
        """One seat type."""
        return self.base if seat_type is SeatType.BASE else self.voice

    @property
    def limits(self) -> Limits:
        """The limits alone."""
        return Limits(self.base.limit, self.voice.limit)


class AutoAddLimits:
    """Reads and sets the limits of Auto-Add."""

    def __init__(self, pool: Pool, clock: Clock, operations: Operations) -> None:
        self._pool = pool
        self._clock = clock
        self._operations = operations

    async def in_use(self, principal: Principal) -> LimitsInUse:
        """The limits, what Auto-Add bought this month and last month (UTC), and a seat's price a month."""
        agency_id, now = principal.agency.id, self._clock().astimezone(UTC)
        this_month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        last_month = (this_month - timedelta(days=1)).replace(day=1)
        limits = await store.limits(self._pool, agency_id)
        bought = await store.bought(self._pool, agency_id, last_month, this_month)
        plan = await store_plan.plan(self._pool, agency_id, now)
        prices = {}
        if plan is not None:
            for tier in plan.prices:
                prices[tier.seat_type] = month_price(tier.unit_amount, tier.next_unit_amount, plan.cycle)
        return LimitsInUse(
            *(
                TypeInUse(
                    limits.of(seat_type),
                    bought.get((True, seat_type), Bought()),
                    bought.get((False, seat_type), Bought()),
                    prices.get(seat_type),
                )
                for seat_type in SeatType
            )
        )

    async def set(self, principal: Principal, limits: Limits, key: str | None) -> Operation:
        """Set the limits of both seat types. RejectedError `baa_unsigned`, `invalid_request`."""
        currency = principal.agency.currency
        for seat_type in SeatType:
            if (limits.of(seat_type).month_amount or 0) > most_amount(currency):
                rule = amount_rule(currency)
                raise RejectedError(RejectionCode.INVALID_REQUEST, errors={f"{seat_type}_month_amount": rule})
        command = SetAutoAddLimits(base=_as_sent(limits.base), voice=_as_sent(limits.voice), currency=currency)
        return await self._operations.submit(by_admin(principal, command, key))

    async def raise_for(self, principal: Principal, purchased: Quantities, let_in: Quantities, key: str | None) -> None:
        """Raise the limits so that they leave room for as many again as are let in. `purchased` is the count then."""
        in_use = await self.in_use(principal)
        limits = raised(in_use, purchased, let_in)
        if limits != in_use.limits:
            await self.set(principal, limits, key)


def raised(in_use: LimitsInUse, purchased: Quantities, let_in: Quantities) -> Limits:
    """The limits with room for as many again as are let in of each seat type."""
    return Limits(
        *(raised_limit(in_use.of(seat_type), purchased.of(seat_type), let_in.of(seat_type)) for seat_type in SeatType)
    )


def _as_sent(limit: Limit) -> AutoAddLimit:
    return AutoAddLimit(seats=limit.seats, month_seats=limit.month_seats, month_amount=limit.month_amount)
