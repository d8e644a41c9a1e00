"""A code lives ten minutes, dies at its fifth wrong try, and works only in the browser that requested it.

After ten wrong tries in 24 hours an address needs the one-click link of the same mail; after ten wrong tries on first
logins, every first login of that agency needs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CODE_LIFE = timedelta(minutes=10)
TRIES_PER_CODE = 5
WRONG_TRIES_A_DAY = 10
"""A code has 10,000 values: ten tries a day leave a stranger one chance in a thousand, with however many codes."""
WINDOW = timedelta(hours=24)


class Scope(StrEnum):
    """The subject of a limit of wrong tries."""

    ADDRESS = "address"
    FIRST_LOGINS = "first_logins"


@dataclass(frozen=True, slots=True)
class RequestedCode:
    """The newest code of this browser and address: when it expires, and how often it was tried wrongly."""

    expires_at: datetime
    wrong: int
    used: bool


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries that count against this one; `first_logins` is None for a later login."""

    address: Sequence[datetime]
    first_logins: Sequence[datetime] | None


@dataclass(frozen=True, slots=True)
class Proven:
    """The code is right: the mailbox is the caller's."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The code is wrong. `tries_left` are left for this code; `reached` are the limits that this try used up."""

    tries_left: int
    reached: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class NoLiveCode:
    """This browser has no code to guess: none was requested, or it expired, was used, or died of wrong tries."""


@dataclass(frozen=True, slots=True)
class LinkNeeded:
    """Codes are over for today; the link in the mail still works."""


Judgement = Proven | Wrong | NoLiveCode | LinkNeeded


def judge(code: RequestedCode | None, tries: Tries, *, matches: bool, now: datetime) -> Judgement:
    """The outcome of a try with a code. `matches` is False for an unknown address, whatever digits were typed."""
    if len(recent(tries.address, now)) >= WRONG_TRIES_A_DAY:
        return LinkNeeded()
    if tries.first_logins is not None and len(recent(tries.first_logins, now)) >= WRONG_TRIES_A_DAY:
        return LinkNeeded()
    if code is None or code.used or code.wrong >= TRIES_PER_CODE or now >= code.expires_at:
        return NoLiveCode()
    if matches:
        return Proven()
    return Wrong(TRIES_PER_CODE - code.wrong - 1, _reached(tries, now))


def recent(tries: Sequence[datetime], now: datetime) -> list[datetime]:
    """The wrong tries of the last 24 hours."""
    return [at for at in tries if at > now - WINDOW]


def _reached(tries: Tries, now: datetime) -> tuple[Scope, ...]:
    """The limits that one more wrong try uses up."""
    counted = ((Scope.ADDRESS, tries.address), (Scope.FIRST_LOGINS, tries.first_logins))
    return tuple(
        scope for scope, times in counted if times is not None and len(recent(times, now)) == WRONG_TRIES_A_DAY - 1
    )
