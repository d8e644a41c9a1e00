"""A cookie counts only if its value is one that we could have set; any other value is as good as no cookie.

Browsers send back what they were given, so a value of another form comes from a stranger. Nothing of it reaches a
query, a hash or a name.
"""

from __future__ import annotations

import re
from typing import Final

TOKEN_CHARS: Final = 43
"""256 bits in base64 without padding: the tokens of sessions and browsers."""
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_CHARS}}}")


def own_token(value: str | None) -> str | None:
    """The token of a session's or a browser's cookie; None for a value that we never set."""
    return value if value is not None and _TOKEN.fullmatch(value) else None
