"""What people typed is shown on one line, without control or direction characters, and not longer than fits.

A name must be able neither to add a header, nor to turn a sentence around, nor to push the button off the screen.
"""

from __future__ import annotations

import unicodedata

LONGEST = 60


def shown(text: str, longest: int = LONGEST) -> str:
    """The text as a mail may show it; what is cut ends with an ellipsis."""
    spaced = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    line = " ".join(visible.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
