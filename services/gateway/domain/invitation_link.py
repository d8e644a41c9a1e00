"""An invitation's link accepts once, from any browser, until it expires, is replaced, or its member is gone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.vocabulary import MemberStatus


class LinkState(StrEnum):
    """The state of a link: ordered with its command, open once members has published its member, and then over."""

    ORDERED = "ordered"
    OPEN = "open"
    USED = "used"
    REPLACED = "replaced"
    ENDED = "ended"


class LinkOver(StrEnum):
    """The reason why a mailed link does nothing; texts/ has a sentence for each. `unknown`: it was never mailed."""

    USED = "used"
    REPLACED = "replaced"
    EXPIRED = "expired"
    ENDED = "ended"
    UNKNOWN = "unknown"


def link_over(state: LinkState, expires_at: datetime, status: MemberStatus | None, now: datetime) -> LinkOver | None:
    """The reason why this link does not accept for a member in that status; None when it accepts."""
    if state is LinkState.USED:
        return LinkOver.USED
    if state is LinkState.REPLACED:
        return LinkOver.REPLACED
    if state is not LinkState.OPEN or status is not MemberStatus.INVITED:
        return LinkOver.ENDED
    return LinkOver.EXPIRED if now >= expires_at else None
