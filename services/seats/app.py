"""The composition root of the seats service."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from chassis.actor import Definition, TaskHandler
from contracts.seats import SeatsAgencyParked, SeatsAgencyResumed, SeatsCommandRejected
from contracts.vocabulary import Service
from hosting.settings import ServiceSettings
from services.seats.domain.pacing import GATHER
from services.seats.handlers import HANDLERS, on_line_timer, on_reduction_timer, on_timer, on_wait_timer
from services.seats.state import Seats
from services.seats.store import SeatsStore
from services.seats.store_gauges import measure_waits
from services.seats.tasks import (
    LINE_DUE,
    PURCHASE_DUE,
    REDUCTION_DUE,
    WAIT_DUE,
    LineDue,
    PurchaseDue,
    ReductionDue,
    WaitDue,
    fire,
)

MEASURES = (measure_waits,)
"""The service's own gauges, read at each scrape."""


class Settings(ServiceSettings):
    """The settings of seats beyond those of every service."""

    purchase_gather: float = Field(default=GATHER.total_seconds(), ge=0, le=60)
    """Seconds for which a purchase of Auto-Add gathers after the first person who waits."""


def definition(gather: timedelta = GATHER) -> Definition[Seats]:
    """The service's store, handlers and tasks, for the chassis to run."""
    return Definition(
        service=Service.SEATS,
        store=SeatsStore(gather),
        handlers=HANDLERS,
        rejection=SeatsCommandRejected,
        parked=SeatsAgencyParked,
        resumed=SeatsAgencyResumed,
        task_handlers={
            PURCHASE_DUE: TaskHandler(PurchaseDue, fire, on_timer),
            WAIT_DUE: TaskHandler(WaitDue, fire, on_wait_timer),
            LINE_DUE: TaskHandler(LineDue, fire, on_line_timer),
            REDUCTION_DUE: TaskHandler(ReductionDue, fire, on_reduction_timer),
        },
    )


def build(settings: Settings) -> Definition[Seats]:
    """The definition for these settings."""
    return definition(timedelta(seconds=settings.purchase_gather))
