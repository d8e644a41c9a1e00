"""Sign-ups, code mails and tries are limited by the hour, for each address, network and agency."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

WINDOW = timedelta(hours=1)
_IPV6_NETWORK = 64
"""One subscriber has a whole /64, so its 2^64 addresses are one network."""


def window_start(now: datetime) -> datetime:
    """The beginning of the hour that this moment is counted in."""
    seconds = int(now.timestamp())
    return datetime.fromtimestamp(seconds - seconds % int(WINDOW.total_seconds()), UTC)


def retry_after(now: datetime) -> int:
    """Seconds until the next hour begins, at least 1."""
    return max(1, int((window_start(now) + WINDOW - now).total_seconds()) + 1)


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
