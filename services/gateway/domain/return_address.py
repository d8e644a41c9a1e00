"""After signing in, a browser returns only to a path of this site, never to another site."""

from __future__ import annotations

_LONGEST = 500


def return_address(path: str | None) -> str | None:
    r"""The path to return to; None when it would lead anywhere else.

    A browser reads `//host` and `/\host` as another site's address, and drops tabs and line ends before it looks.
    """
    if not path or len(path) > _LONGEST or not path.isascii() or not path.isprintable():
        return None
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return None
    return path
