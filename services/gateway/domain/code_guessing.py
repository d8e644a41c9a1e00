"""A code lives ten minutes, dies at its fifth wrong try and works only in the browser that asked for it.

After ten wrong tries in 24 hours an address, and after ten on first logins the whole agency's first logins, need the
one-click link of the same mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CODE_LIFE = timedelta(minutes=10)
TRIES_PER_CODE = 5
WRONG_TRIES_A_DAY = 10
"""A code has 10,000 values: ten tries a day leave a stranger one chance in a thousand, whatever he asks for."""
WINDOW = timedelta(hours=24)


class Scope(StrEnum):
    """What a limit of wrong tries holds for."""

    ADDRESS = "address"
    FIRST_LOGINS = "first_logins"


@dataclass(frozen=True, slots=True)
class AskedCode:
    """The code that this browser last asked for this address: when it ends, and how often it was guessed wrongly."""

    expires_at: datetime
    wrong: int
    used: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """The wrong tries of the last day that count against this one; `first_logins` is None for a later login."""

    address: Sequence[datetime]
    first_logins: Sequence[datetime] | None


@dataclass(frozen=True, slots=True)
class Proven:
    """The mailbox is theirs."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Not the code. `tries_left` on this code; `reached`: the limits that this try used up."""

    tries_left: int
    reached: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class NoLiveCode:
    """There is nothing to guess: no code for this browser, or it has expired, was used, or died of wrong tries."""


@dataclass(frozen=True, slots=True)
class LinkNeeded:
    """Codes are over for today; the link in the mail still works."""


Judgement = Proven | Wrong | NoLiveCode | LinkNeeded


def judge(asked: AskedCode | None, with_retry: Tried, *, matches: bool, now: datetime) -> Judgement:
    """What a try with a code is worth. `matches` is False for an address that nobody has, whatever was typed."""
    if len(recent(with_retry.address, now)) >= WRONG_TRIES_A_DAY:
        return LinkNeeded()
    if with_retry.first_logins is not None and len(recent(with_retry.first_logins, now)) >= WRONG_TRIES_A_DAY:
        return LinkNeeded()
    if asked is None or asked.used or asked.wrong >= TRIES_PER_CODE or now >= asked.expires_at:
        return NoLiveCode()
    if matches:
        return Proven()
    return Wrong(TRIES_PER_CODE - asked.wrong - 1, _reached(with_retry, now))


def recent(tries: Sequence[datetime], now: datetime) -> list[datetime]:
    """The wrong tries of the last 24 hours."""
    return [at for at in tries if at > now - WINDOW]


def _reached(with_retry: Tried, now: datetime) -> tuple[Scope, ...]:
    """The limits that one more wrong try uses up."""
    counted = ((Scope.ADDRESS, with_retry.address), (Scope.FIRST_LOGINS, with_retry.first_logins))
    return tuple(
        scope for scope, tries in counted if tries is not None and len(recent(tries, now)) == WRONG_TRIES_A_DAY - 1
    )
