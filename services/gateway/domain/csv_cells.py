"""A cell of a spreadsheet is never run as a formula: what begins like one gets an apostrophe, real numbers excepted.

Spreadsheets run what begins with =, +, - or @ (OWASP, "CSV Injection"), also behind white space; names and addresses
are typed by strangers.
"""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """The text as a cell that a spreadsheet only shows."""
    if text.lstrip().startswith(_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
