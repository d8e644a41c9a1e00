"""Names are listed and found without regard to case and accents: Ángel stands with the A's, and "angel" finds him."""

from __future__ import annotations

import unicodedata


def listed_name(name: str) -> str:
    """What a name is listed and searched by."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))
