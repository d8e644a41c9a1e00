"""A write with our cookie must come from our own pages. Another Origin is rejected even without a cookie."""

from __future__ import annotations

from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def origin_of(address: str) -> str | None:
    """The origin of an address (scheme, host and port) in one spelling; None when the address has no origin."""
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return f"{parts.scheme}://{parts.hostname.lower()}:{port}"


def allowed(method: str, origin: str | None, *, ours: str, with_cookie: bool) -> bool:
    """Whether a request may go on. `ours` is the public address, `origin` the request's header."""
    if method.upper() in _SAFE:
        return True
    if origin is None:
        return not with_cookie
    return origin_of(origin) == origin_of(ours)


def cookie_is_secure(public_url: str) -> bool:
    """Whether cookies may travel over TLS only: always, unless the public address is http on loopback."""
    parts = urlsplit(public_url)
    return not (parts.scheme == "http" and parts.hostname in _LOOPBACK)
