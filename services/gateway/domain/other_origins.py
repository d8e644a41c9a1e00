"""A page, extension or app of another origin that the operator lists may make the calls of bearer tokens, and no other.

They never send or get our cookies: the rule of `same_origin.py` holds for them too.
"""

from __future__ import annotations

import re

_CALLS: dict[str, frozenset[str]] = {
    "/login-codes": frozenset({"POST"}),
    "/sessions": frozenset({"POST"}),
    "/sessions/current": frozenset({"DELETE"}),
    "/me": frozenset({"GET"}),
    "/events": frozenset({"GET"}),
}
"""By the path below the API's base: a sign-in with a code or a link, and the three calls of a bearer token."""
_ORIGIN = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:]+\])(?P<port>:[0-9]{1,5})?")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def methods_for_others(path: str) -> frozenset[str]:
    """The methods that a listed origin may use at this path of the API; none for a path that is not open to it."""
    return _CALLS.get(path, frozenset())


def is_exact_origin(text: str) -> bool:
    """Whether a text is one origin as browsers send it; http is one only on loopback, a wildcard and `null` never."""
    match = _ORIGIN.fullmatch(text)
    if match is None or match["scheme"] in {"file", "data", "blob", "about"}:
        return False
    if match["scheme"] == "http":
        return match["host"] in _LOOPBACK and match["port"] != ":80"
    return not (match["scheme"] == "https" and match["port"] == ":443")
