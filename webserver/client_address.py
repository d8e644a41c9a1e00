"""The network that a request comes from: the peer's, or the one that a trusted proxy names in `X-Forwarded-For`.

Anybody can send that header, so it counts only from a proxy that the operator named. Each proxy appends the address
that it was called from, so the right-most entries are the proxies' own, and all others are a stranger's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_IPV6_NETWORK = 64
"""One subscriber has a whole /64, so its 2^64 addresses are one network."""
_LONGEST = len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535")


def network_of(host: str) -> str:
    """The network that a client's address belongs to: the address itself, or the /64 of an IPv6 one."""
    address = _address(host)
    if address is None:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_NETWORK), strict=False))
    return str(address)


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The networks of the proxies before this process, and how many of them a request may pass, one after another."""

    networks: Sequence[Network] = field(default=())
    hops: int = 1

    def includes(self, host: str) -> bool:
        """Whether this address is a trusted proxy's."""
        address = _address(host)
        return address is not None and self._has(address)

    def client_of(self, peer: str, forwarded: Sequence[bytes]) -> str:
        """The address of the client of a request; `forwarded` are the values of `X-Forwarded-For`, in order.

        It is the right-most one that is no trusted proxy's, at most `hops` entries from the right. Where an entry is
        missing or no address, it is the last proxy that was reached: nothing further left can be believed.
        """
        if not self.includes(peer):
            return peer
        client = peer
        for text in self._entries(forwarded):
            address = _entry(text)
            if address is None:
                return client
            client = str(address)
            if not self._has(address):
                return client
        return client

    def _has(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def _entries(self, forwarded: Sequence[bytes]) -> list[str]:
        """The last entries, from right to left; only these are looked at, however long the header is."""
        entries: list[str] = []
        for value in reversed(forwarded):
            parts = value.decode("latin-1").rsplit(",", self.hops)
            # What is left of the last comma that was cut at is no single entry.
            whole = parts[1:] if len(parts) > self.hops else parts
            entries += reversed(whole)
            if len(entries) >= self.hops:
                break
        return entries[: self.hops]


def networks_of(texts: Sequence[str]) -> tuple[Network, ...]:
    """The networks of these CIDRs; a bare address is a network of one. ValueError names the text that is none."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def _address(host: str) -> Address | None:
    """The address in its one form: IPv4 where IPv6 only maps it, and without an interface's name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _entry(text: str) -> Address | None:
    """The address of one entry: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`."""
    text = text.strip(" \t")
    if len(text) > _LONGEST or "%" in text:
        return None
    if text.startswith("["):
        host, closed, port = text[1:].partition("]")
        if not closed or (port and not _is_port(port)):
            return None
        address = _address(host)
        return address if ":" in host else None
    host, colon, port = text.partition(":")
    if colon and ":" not in port:
        return _address(host) if _is_port(f":{port}") else None
    return _address(text)


def _is_port(text: str) -> bool:
    return text.startswith(":") and text[1:].isascii() and text[1:].isdigit()
