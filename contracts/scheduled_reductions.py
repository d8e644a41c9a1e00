"""Messages of the seats service about a reduction that waits for the renewal: no credit, and no proration."""

from __future__ import annotations

from uuid import UUID

from pydantic import AwareDatetime

from contracts.message import Command, Count, Event, Payload, Seats, Text
from contracts.vocabulary import BillingCycle, RejectionCode


class ReducedTo(Payload):
    """The counts that a scheduled reduction leaves; None for a seat type that it does not reduce."""

    base: Count | None = None
    voice: Count | None = None


class ScheduleReduction(Command, type="seats.schedule_reduction.v1", outcomes=("seats.reduction_scheduled.v1",)):
    """An admin has the seats reduced to these counts at the renewal. It replaces what was scheduled before.

    A count that is not lower than the purchased one is not reduced; a higher one is rejected. `renews_at` is the
    renewal that the admin has seen; it counts until seats knows the subscription's.
    """

    after: Seats
    renews_at: AwareDatetime


class TakeBackReduction(Command, type="seats.take_back_reduction.v1", outcomes=("seats.reduction_taken_back.v1",)):
    """An admin takes the scheduled reduction back. Rejected with `nothing_to_change` if none is scheduled."""


class ReductionScheduled(Event, type="seats.reduction_scheduled.v1"):
    """At the renewal, which is `at`, the seats are reduced to these counts, but never below Active.

    `before` is what was scheduled until now, if anything. `moved`: the renewal was moved, and nothing else has changed.
    """

    at: AwareDatetime
    to: ReducedTo
    before: ReducedTo | None = None
    moved: bool = False


class ReductionTakenBack(Event, type="seats.reduction_taken_back.v1"):
    """Nothing is reduced at the renewal `at`. `ended`: because the subscription has ended."""

    at: AwareDatetime
    to: ReducedTo
    ended: bool = False


class ReductionNear(Event, type="seats.reduction_near.v1"):
    """The renewal is in seven days at most, and by now less would be reduced: to `after`, because of those Active."""

    at: AwareDatetime
    to: ReducedTo
    purchased: Seats
    after: Seats
    active: Seats


class ReductionMade(Event, type="seats.reduction_made.v1"):
    """The scheduled reduction was made, right before the renewal `at`; both counts are equal if none could be reduced.

    `after` is above `to` where more are Active. `operation_id` is None, and so is the price, if nothing was changed.
    `new_total` is the plan's price per cycle from the renewal on, in cents.
    """

    at: AwareDatetime
    to: ReducedTo
    before: Seats
    after: Seats
    active: Seats
    operation_id: UUID | None = None
    new_total: int | None = None
    cycle: BillingCycle | None = None
    currency: Text = "usd"


class ReductionMissed(Event, type="seats.reduction_missed.v1"):
    """The renewal `at` has come before the reduction could be made: nothing was reduced, and nothing is scheduled.

    `code` is why the last attempt was rejected, None if there was none.
    """

    at: AwareDatetime
    to: ReducedTo
    code: RejectionCode | None = None
