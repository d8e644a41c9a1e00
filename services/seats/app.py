"""The seats service put together."""

from __future__ import annotations

from chassis.actor import Definition, Performer
from chassis.settings import ServiceSettings
from contracts.seats import SeatsOrderRefused
from contracts.vocabulary import Service
from services.seats.handlers import HEARD, on_timer
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
        heard=HEARD,
        refused=SeatsOrderRefused,
        performed={PURCHASE_DUE: Performer(PurchaseDue, fire, on_timer)},
    )


def build(settings: Settings) -> Definition[Seats]:  # noqa: ARG001  there is nothing to choose yet
    """The service."""
    return definition()
