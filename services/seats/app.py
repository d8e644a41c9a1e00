"""The seats service put together."""

from __future__ import annotations

from chassis.actor import Definition, TaskHandler
from chassis.settings import ServiceSettings
from contracts.seats import SeatsCommandRejected
from contracts.vocabulary import Service
from services.seats.handlers import HANDLERS, on_timer
from services.seats.state import Seats
from services.seats.store import SeatsStore
from services.seats.tasks import PURCHASE_DUE, PurchaseDue, fire


class Settings(ServiceSettings):
    """Nothing beyond what every service is told."""


def definition() -> Definition[Seats]:
    """The service as the chassis sees it."""
    return Definition(
        service=Service.SEATS,
        store=SeatsStore(),
        handlers=HANDLERS,
        rejection=SeatsCommandRejected,
        task_handlers={PURCHASE_DUE: TaskHandler(PurchaseDue, fire, on_timer)},
    )


def build(settings: Settings) -> Definition[Seats]:  # noqa: ARG001  there is nothing to choose yet
    """The service."""
    return definition()
