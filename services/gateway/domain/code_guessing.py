"""A code lives ten minutes, dies at its fifth wrong try, and works only in the browser that requested it.

Ten wrong codes within 92 days from browsers that never signed in to the address make the one-click link necessary in
such browsers. A known browser has ten of its own. After ten wrong codes on an agency's first logins within 24 hours, no
code makes a first login there. A sign-in takes back the wrong codes that its own browser tried for its own address:
they were its owner's. The link always works.

The arithmetic. A code has 10,000 values, so that a compared code is right with a probability of 1 in 10,000, whatever
address, network or browser it comes from, and whichever code it is compared with. A stranger's browser signs in to
nobody's address, so that nothing is taken back for it, and the owner's sign-ins give a stranger nothing.

- One account: a year touches four windows of 92 days, and each has ten compared codes: 40 in 10,000, 0.4% a year.
- One agency's purchases: ten compared codes a day on all its first logins together: 1 in 1,000 a day.

No response shows a limit of first logins: a code that may not be compared counts as a wrong one, for an address
that waits for its first login as for any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

CODES = 10_000
"""The values of a code: four digits."""
CODE_LIFE = timedelta(minutes=10)
TRIES_PER_CODE = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """So many wrong codes within a window that moves with the clock."""

    most: int
    window: timedelta

    def spent(self, tries: Sequence[datetime], now: datetime) -> bool:
        """Whether the wrong codes of the window have used the budget up."""
        return self._recent(tries, now) >= self.most

    def used_up_by_one_more(self, tries: Sequence[datetime], now: datetime) -> bool:
        """Whether one more wrong code uses the budget up."""
        return self._recent(tries, now) == self.most - 1

    def _recent(self, tries: Sequence[datetime], now: datetime) -> int:
        return sum(1 for at in tries if at > now - self.window)


ADDRESS = Budget(10, timedelta(days=92))
"""Of an address: unknown browsers share one, and each known browser has one."""
FIRST_LOGINS = Budget(10, timedelta(hours=24))
"""Of all first logins of an agency, from unknown browsers."""
NOTICE_EVERY = timedelta(hours=24)
"""Admins get at most one mail a day about a budget that is used up."""


@dataclass(frozen=True, slots=True)
class RequestedCode:
    """The newest code of this browser and address: when it expires, and how often it was tried wrongly."""

    expires_at: datetime
    wrong: int
    used: bool


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries that count against this one. `first_logins`: by agency in which it would be a first login."""

    address: Sequence[datetime]
    first_logins: Mapping[UUID, Sequence[datetime]]


@dataclass(frozen=True, slots=True)
class Proven:
    """The code is right: the mailbox is the caller's."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """The code is wrong, or may not be compared. `tries_left` are left for this code.

    `against`: the agencies whose first logins it counts against. The last two are the budgets that it uses up.
    """

    tries_left: int
    against: tuple[UUID, ...] = ()
    address_used_up: bool = False
    first_logins_used_up: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class NoLiveCode:
    """This browser has no code to guess: none was requested, or it expired, was used, or died of wrong tries."""


@dataclass(frozen=True, slots=True)
class LinkNeeded:
    """Codes are over for this address in this browser; the link in the mail still works."""


Judgement = Proven | Wrong | NoLiveCode | LinkNeeded


def judge(code: RequestedCode | None, tries: Tries, *, matches: bool, now: datetime) -> Judgement:
    """The outcome of a try with a code. `matches` is False for an unknown address, whatever digits were typed."""
    if ADDRESS.spent(tries.address, now):
        return LinkNeeded()
    if code is None or code.used or code.wrong >= TRIES_PER_CODE or now >= code.expires_at:
        return NoLiveCode()
    compared = not any(FIRST_LOGINS.spent(times, now) for times in tries.first_logins.values())
    if compared and matches:
        return Proven()
    agencies = tries.first_logins if compared else {}
    return Wrong(
        TRIES_PER_CODE - code.wrong - 1,
        against=tuple(agencies),
        address_used_up=ADDRESS.used_up_by_one_more(tries.address, now),
        first_logins_used_up=tuple(
            agency_id for agency_id, times in agencies.items() if FIRST_LOGINS.used_up_by_one_more(times, now)
        ),
    )


def notifies_admins(notified_at: datetime | None, now: datetime) -> bool:
    """Whether admins get a mail that a budget is used up: not when they had one for the same budget within a day."""
    return notified_at is None or notified_at <= now - NOTICE_EVERY
