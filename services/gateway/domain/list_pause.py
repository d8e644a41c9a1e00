"""A list of invitations that could not be sent in whole goes on by itself, until it is sent or a week old.

After an outage it goes on within half a minute, and ever more rarely while the outage lasts. After a limit it goes on
when the limit counts anew. While its seats are being bought, the purchase is looked at every half minute. A list has
names and addresses, so it is deleted after a week, sent or not.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

KEPT = timedelta(days=7)
"""How long a list is kept: as long as the operations that say what became of each person."""
_SOON, _LONGEST = timedelta(seconds=30), timedelta(minutes=15)
_PART_OF_AGE = 10


class Pause(StrEnum):
    """Why the rest of a list is not sent at once."""

    OUTAGE = "outage"
    LIMIT = "limit"
    PURCHASE = "purchase"


def pause_after(pause: Pause, age: timedelta, limited_for: timedelta | None) -> timedelta:
    """How long the rest waits. `age` is that of the list, `limited_for` the time until the limit counts anew."""
    if pause is Pause.PURCHASE:
        return _SOON
    if pause is Pause.LIMIT and limited_for is not None:
        return max(_SOON, limited_for)
    return min(max(_SOON, age / _PART_OF_AGE), _LONGEST)
