"""A browser that has signed in to an address is known there for 180 days; an address has at most twenty of them.

A stranger never has a known browser of somebody else, so limits keep a reserve for known browsers.
"""

from __future__ import annotations

from datetime import datetime, timedelta

KNOWN_FOR = timedelta(days=180)
MOST_KNOWN = 20
"""The browsers that signed in last stay known. Each has a reserve of its own, so their number is limited."""


def known_until(signed_in_at: datetime) -> datetime:
    """When a browser that signs in now is an unknown one again, unless it signs in before."""
    return signed_in_at + KNOWN_FOR
