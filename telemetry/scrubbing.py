"""What a library says about a fault, without what it may quote: addresses, secrets, values, people."""

from __future__ import annotations

import re
from ipaddress import ip_address

MOST = 300
"""Characters of a text that are logged."""
_URL = re.compile(r"\b([a-z][a-z0-9+.-]*)://(?:[^\s/@'\"<>]*@)?([\w.-]+(?::\d+)?)[^\s'\"<>)]*", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>()'\",;:=]+@[^\s<>()'\",;]+")
_NAMED_SECRET = re.compile(
    r"\b(authorization|bearer|password|passwd|secret|token|api[_-]?key|key|cookie|code)(\s*[:=]\s*)"
    r"(?:bearer\s+|basic\s+)?[^\s,;)]+",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PLAIN = re.compile(r"[a-z0-9_./:-]{1,60}")
_OPAQUE = re.compile(r"(?<![\w.-])(?=[\w+/=-]*\d)(?=[\w+/=-]*[A-Za-z])[\w+/=-]{20,}")
_NUMBER = re.compile(r"\b\d{6,8}\b")
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")


def scrubbed(text: str) -> str:
    """One line of at most `MOST` characters, in which only words, places in the code and our own machines are left.

    A quoted value stays if it looks like a name of ours (`'words.events'`); everything else in quotes may be a
    person's. Of an address of the web only the scheme and the host stay.
    """
    text = " ".join(text.split())
    text = _URL.sub(r"\1://\2", text)
    text = _ADDRESS.sub("<address>", text)
    text = _NAMED_SECRET.sub(r"\1\2<secret>", text)
    text = _QUOTED.sub(lambda found: found[0] if _PLAIN.fullmatch(found[1] or found[2] or "") else "<value>", text)
    text = _OPAQUE.sub("<secret>", text)
    text = _IP.sub(lambda found: "<address>" if _is_of_the_internet(found[0]) else found[0], text)
    return _NUMBER.sub("<number>", text)[:MOST]


def _is_of_the_internet(text: str) -> bool:
    try:
        return ip_address(text).is_global
    except ValueError:
        return False
