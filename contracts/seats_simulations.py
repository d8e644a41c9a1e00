"""A dry run of first logins: what would become of these people if they logged in now. Nothing changes by it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.message import Command, Payload, Reply, Seats
from contracts.vocabulary import BlockedReason, SeatType

MOST_SIMULATED = 500
"""People of one dry run."""


class LoginResult(StrEnum):
    """What becomes of a person: a free seat, a seat that Auto-Add buys, a wait for the agency's account, or Blocked."""

    ACTIVE = "active"
    BOUGHT_FOR = "bought_for"
    WAITS = "waits"
    BLOCKED = "blocked"


class Entrant(Payload):
    """A person who would log in for the first time, or accept an invitation (`invited`), to this seat type."""

    seat_type: SeatType
    invited: bool = False


class SimulateLogins(Command, type="seats.simulate_logins.v1", outcomes=("seats.logins_simulated.v1",)):
    """What would happen if these people logged in now, in this order? Nothing changes."""

    people: Annotated[tuple[Entrant, ...], Field(min_length=1, max_length=MOST_SIMULATED)]


class SimulatedLogin(Payload):
    """What would become of one person; `reason` is why they would be Blocked."""

    result: LoginResult
    reason: BlockedReason | None = None


class LoginsSimulated(Reply, type="seats.logins_simulated.v1"):
    """What would become of each person, in the order of the command.

    `before` are the purchased seats, and `after` those that Auto-Add would buy up to, for these people and for the
    `waiting` ones, who stand in line already. A purchase under way counts as made.
    """

    people: Annotated[tuple[SimulatedLogin, ...], Field(max_length=MOST_SIMULATED)]
    before: Seats
    after: Seats
    waiting: Seats
