"""An accepted mail is finished, and so is a permanent failure; after any other outcome the mail is sent again.

A mail with an unknown outcome is sent again under the same Message-ID; a login code is not. After four days of attempts
a mail is given up, as mail servers themselves do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

GIVE_UP = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail server took the mail: 2xx after the message."""


@dataclass(frozen=True, slots=True)
class PermanentFailure:
    """The mail server will never take this mail: 5xx. `reason` is the server's own text."""

    reason: str


@dataclass(frozen=True, slots=True)
class TransientFailure:
    """The mail was certainly not taken, but may be later: 4xx, or no connection. `reason` is a code for operators."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnknownOutcome:
    """The connection was lost between the message and the server's reply: the mail may have been delivered."""

    reason: str


Delivery = Accepted | PermanentFailure | TransientFailure | UnknownOutcome


@dataclass(frozen=True, slots=True)
class Finished:
    """No further attempt. `failure` is None when the mail was accepted, else the reason why it never was."""

    failure: str | None = None


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Another attempt later; `unknown` when the mail may have been delivered already."""

    reason: str
    unknown: bool = False


def after_sending(delivery: Delivery, since_first_attempt: timedelta) -> Finished | TryAgain:
    """Whether a mail is finished, this long after its first attempt."""
    match delivery:
        case Accepted():
            return Finished()
        case PermanentFailure(reason):
            return Finished(reason)
        case TransientFailure(reason) | UnknownOutcome(reason) if since_first_attempt >= GIVE_UP:
            return Finished(f"given up after 4 days: {reason}")
        case TransientFailure(reason):
            return TryAgain(reason)
        case UnknownOutcome(reason):
            return TryAgain(reason, unknown=True)
        case _:
            assert_never(delivery)


def after_sending_a_code(delivery: Delivery) -> Finished | TryAgain:
    """Whether a login code's mail is finished. Only a code that was certainly not taken is sent again."""
    match delivery:
        case Accepted():
            return Finished()
        case PermanentFailure(reason) | UnknownOutcome(reason):
            return Finished(reason)
        case TransientFailure(reason):
            return TryAgain(reason)
        case _:
            assert_never(delivery)
