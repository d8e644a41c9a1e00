"""An invitation's link accepts once, from any browser: until it expires, is replaced, or its person is gone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from contracts.vocabulary import MemberStatus


class LinkState(StrEnum):
    """How far a link has come: ordered with the invitation, open once its person is known, and then over."""

    ORDERED = "ordered"
    OPEN = "open"
    USED = "used"
    REPLACED = "replaced"
    ENDED = "ended"


class LinkOver(StrEnum):
    """Why a link accepts nothing; each has its own sentence."""

    USED = "used"
    REPLACED = "replaced"
    EXPIRED = "expired"
    ENDED = "ended"


def link_over(state: LinkState, expires_at: datetime, status: MemberStatus | None, now: datetime) -> LinkOver | None:
    """Why this link does not accept for a member who stands there; None when it does."""
    if state is LinkState.USED:
        return LinkOver.USED
    if state is LinkState.REPLACED:
        return LinkOver.REPLACED
    if state is not LinkState.OPEN or status is not MemberStatus.INVITED:
        return LinkOver.ENDED
    return LinkOver.EXPIRED if now >= expires_at else None
