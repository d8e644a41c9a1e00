"""Names are sorted and searched without case and accents: Ángel is among the A's, and "angel" finds him."""

from __future__ import annotations

import unicodedata


def listed_name(name: str) -> str:
    """The form of a name by which it is sorted and searched."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
