"""What people typed is shown on one line, without control or direction characters, and not longer than fits.

A name must be able neither to add a header, nor to turn a sentence around, nor to push the button off the screen. Nor
may it become a link: anybody can sign an address up under any name, and mail programs make links of what looks like it.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60
_DOT_OF_A_DOMAIN = re.compile(r"(?<=\w)([.．。｡])(?=[^\W\d_])")  # noqa: RUF001  the dots that name servers take for one


def shown(text: str, longest: int = LONGEST) -> str:
    """The text as a mail may show it; what is cut ends with an ellipsis."""
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    line = " ".join(visible.split())  # also at the separators of lines and paragraphs
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def named(name: str) -> str:
    """A person's name as a mail may show it: J.R. Park stays one, evil.example and https://evil lead nowhere."""
    return shown(_DOT_OF_A_DOMAIN.sub(r"\1 ", shown(name, len(name)).replace("://", ": ")))
