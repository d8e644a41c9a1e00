"""Text that people typed is shown on one line, without control or direction characters, cut to a length that fits.

Otherwise a name could add a header, reverse a sentence or push the button off the screen. A name may not become a link
either: anybody can sign up an address under any name, and mail programs turn text that looks like a link into one.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 60
_DOT_OF_A_DOMAIN = re.compile(r"(?<=\w)([.．。｡])(?=[^\W\d_])")  # noqa: RUF001  characters that name servers read as a dot


def shown(text: str, longest: int = LONGEST) -> str:
    """The text as a mail may show it; a text that was cut ends with an ellipsis."""
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    line = " ".join(visible.split())  # also at the separators of lines and paragraphs
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def named(name: str) -> str:
    """A person's name as a mail may show it. J.R. Park stays readable; evil.example and https://evil are no links."""
    return shown(_DOT_OF_A_DOMAIN.sub(r"\1 ", shown(name, len(name)).replace("://", ": ")))
