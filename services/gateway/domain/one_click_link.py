"""The mail's link proves the address once, from any browser, as long as its code would have lived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SentLink:
    """A link as it was mailed."""

    expires_at: datetime
    used: bool


def proves(link: SentLink | None, now: datetime) -> bool:
    """Whether whoever holds this link has proven the address; an unknown one proves nothing."""
    return link is not None and not link.used and now < link.expires_at
