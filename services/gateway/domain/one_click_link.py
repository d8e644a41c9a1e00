"""The mail's link proves the address once, from any browser, for as long as its code lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.gateway.domain.invitation_link import LinkOver


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link that was mailed."""

    expires_at: datetime
    used: bool


def login_link_over(link: SentLink | None, now: datetime) -> LinkOver | None:
    """The reason why this link signs nobody in; None when it does."""
    if link is None:
        return LinkOver.UNKNOWN
    if link.used:
        return LinkOver.USED
    return LinkOver.EXPIRED if now >= link.expires_at else None


def proves(link: SentLink | None, now: datetime) -> bool:
    """Whether following this link proves the address; an unknown link proves nothing."""
    return login_link_over(link, now) is None
