"""At the first login, the sign-up that counts is the one of the browser in which the person proves the address.

A sign-up proves nothing, so that a stranger's counts no more than the person's, even if the stranger was first.
Without a sign-up of the proving browser, sign-ups that agree count. If they differ, the person chooses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.vocabulary import SeatType

MOST_CLAIMS = 50
"""Sign-ups kept for a Pending login, the newest. A person whose sign-up others have pushed out signs up once more."""
MOST_OPTIONS = 5
"""Different sign-ups that a question names, the newest. The person may give any other details."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The name and seat type of a sign-up."""

    name: str
    seat_type: SeatType


@dataclass(frozen=True, slots=True)
class Claim:
    """A sign-up for a Pending login: its exact address, and the browser that made it if that is known."""

    email: str
    wish: Wish
    browser_hash: bytes | None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The sign-ups differ, and none is this browser's: the person gives name and seat type."""

    options: tuple[Wish, ...]


def first_pick(
    claims: Sequence[Claim], email: str, browser_hash: bytes | None, confirmed: Wish | None
) -> Wish | Confirm | None:
    """The wish that counts for a person who proves `email` in this browser; None: what the member's row says.

    `claims` are those of the Pending login, newest first. `confirmed` is what the person says while proving.
    """
    if confirmed is not None:
        return confirmed
    own = [claim for claim in claims if browser_hash is not None and claim.browser_hash == browser_hash]
    if own:
        return next((claim for claim in own if claim.email == email), own[0]).wish
    wishes = tuple(dict.fromkeys(claim.wish for claim in claims))
    if len(wishes) > 1:
        return Confirm(wishes[:MOST_OPTIONS])
    return wishes[0] if wishes else None
