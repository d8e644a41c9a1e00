"""Text that people typed is shown on one line, without control or direction characters, cut to a length that fits.

Otherwise a name could add a header, reverse a sentence or push the button off the screen. A name may not carry a
stranger's message either: anybody can sign up an address under any name, and mail programs turn text that looks like a
link or a telephone number into one.
"""

from __future__ import annotations

import re
import unicodedata

from contracts.wording import isolated

LONGEST = 60
LONGEST_REASON = 140
_LEFT_OUT = "…"
_LINK = re.compile(r"[a-z][a-z0-9+.-]{0,60}:.|:/|www\.|@", re.IGNORECASE)
"""What a word with a scheme, an address or a web host has in it. Without the bound a long word costs its square."""
_DOT_OF_A_DOMAIN = re.compile(r"(?<=\w)([.。])(?=[^\W\d_])")
"""J.R. Park stays readable; evil.example is no link."""
_TELEPHONE = re.compile(r"\+?\d(?:[\s()./\-–]*\d){4,}")  # noqa: RUF001  people write numbers with en dashes too
"""Five digits and more, however they are grouped. Henry 3rd and Clinic 24/7 stay."""


def shown(text: str, longest: int = LONGEST) -> str:
    """The text as a mail may show it; a text that was cut ends with an ellipsis."""
    return isolated(_cut(_one_line(text), longest))


def named(name: str) -> str:
    """The name of a person or an agency as a mail may show it: plain letters, no link and no telephone number."""
    return isolated(_cut(_TELEPHONE.sub(_LEFT_OUT, _without_links(name)), LONGEST))


def reason(text: str) -> str:
    """The text of another mail server as an event and a mail may carry it."""
    return isolated(_cut(_without_links(text), LONGEST_REASON))


def _one_line(text: str) -> str:
    spaced = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    visible = "".join(char for char in spaced if unicodedata.category(char) not in {"Cf", "Cs", "Co"})
    return " ".join(visible.split())  # also at the separators of lines and paragraphs


def _without_links(text: str) -> str:
    # Letters that only look different, such as those of full width, make a link too.
    plain = _one_line(unicodedata.normalize("NFKC", _one_line(text)))
    words = " ".join(_LEFT_OUT if _LINK.search(word) else word for word in plain.split())
    return " ".join(_DOT_OF_A_DOMAIN.sub(r"\1 ", words).split())


def _cut(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
