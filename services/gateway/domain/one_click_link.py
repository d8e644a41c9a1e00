"""The mail's link proves the address once, from any browser, for as long as its code lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link that was mailed."""

    expires_at: datetime
    used: bool


def proves(link: SentLink | None, now: datetime) -> bool:
    """Whether following this link proves the address; an unknown link proves nothing."""
    return link is not None and not link.used and now < link.expires_at
