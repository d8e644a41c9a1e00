"""The composition root of the seats service."""

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
    """The settings that every service has; seats needs no others."""


def definition() -> Definition[Seats]:
    """The service's store, handlers and tasks, for the chassis to run."""
    return Definition(
        service=Service.SEATS,
        store=SeatsStore(),
        handlers=HANDLERS,
        rejection=SeatsCommandRejected,
        task_handlers={PURCHASE_DUE: TaskHandler(PurchaseDue, fire, on_timer)},
    )


def build(settings: Settings) -> Definition[Seats]:  # noqa: ARG001  there is nothing to choose yet
    """The definition for these settings."""
    return definition()
