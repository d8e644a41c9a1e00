"""Requests are counted by the hour or by the day (UTC), for each network, address or agency.

A request that a limit rejects counts against none: a caller that floods uses up nothing but its own.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_IPV6_NETWORK = 64
"""One subscriber has a whole /64, so its 2^64 addresses are one network."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests of a kind in a window, for each name."""

    kind: str
    most: int
    window: timedelta = HOUR


def window_end(now: datetime, window: timedelta) -> datetime:
    """The end of the hour or day that this moment is counted in."""
    seconds, length = int(now.timestamp()), int(window.total_seconds())
    return datetime.fromtimestamp(seconds - seconds % length + length, UTC)


def retry_after(now: datetime, window: timedelta) -> int:
    """Seconds until the next hour or day begins, at least 1."""
    return max(1, int((window_end(now, window) - now).total_seconds()) + 1)


def network_of(host: str) -> str:
    """The network that a client's address belongs to: the address itself, or the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)
