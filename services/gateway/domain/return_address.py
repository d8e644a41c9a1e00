"""After signing in, people return only to a path of this site: never to another one."""

from __future__ import annotations

_LONGEST = 500


def return_address(wanted: str | None) -> str | None:
    r"""The path to return to, or None when what was asked for leads anywhere else.

    A browser reads `//host` and `/\host` as another site's address, and drops tabs and line ends before it looks.
    """
    if not wanted or len(wanted) > _LONGEST or not wanted.isascii() or not wanted.isprintable():
        return None
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted:
        return None
    return wanted
