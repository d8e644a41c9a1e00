"""What follows from an attempt to send: taken → said; refused for good → said; anything else → tried again.

A mail that may have been taken is sent again under the same Message-ID; a code is not, and nothing is ever said of one.
After four days of trying a mail is given up, as mail servers themselves do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

GIVE_UP = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Taken:
    """The mail server took it: 2xx after the message."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The mail server refused this mail for good: 5xx. `reason` is its own words."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """It was certainly not taken, and may be later: 4xx, or no connection. `reason` is a code for the operator."""

    reason: str


@dataclass(frozen=True, slots=True)
class PerhapsTaken:
    """The connection was lost after the message was sent and before the answer."""

    reason: str


Delivery = Taken | Refused | NotNow | PerhapsTaken


@dataclass(frozen=True, slots=True)
class Over:
    """No further attempt. `failure` is why it was never taken, None when it was."""

    failure: str | None = None


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Another attempt later; `unknown` when the mail may be there already."""

    reason: str
    unknown: bool = False


def after_sending(delivery: Delivery, tried_for: timedelta) -> Over | TryAgain:
    """What follows for a mail that was first tried `tried_for` ago."""
    match delivery:
        case Taken():
            return Over()
        case Refused(reason):
            return Over(reason)
        case NotNow(reason) | PerhapsTaken(reason) if tried_for >= GIVE_UP:
            return Over(f"given up after 4 days: {reason}")
        case NotNow(reason):
            return TryAgain(reason)
        case PerhapsTaken(reason):
            return TryAgain(reason, unknown=True)
        case _:
            assert_never(delivery)


def after_sending_a_code(delivery: Delivery) -> Over | TryAgain:
    """What follows for a login code: only one that was certainly not taken is tried again (until it expires)."""
    match delivery:
        case Taken():
            return Over()
        case Refused(reason) | PerhapsTaken(reason):
            return Over(reason)
        case NotNow(reason):
            return TryAgain(reason)
        case _:
            assert_never(delivery)
