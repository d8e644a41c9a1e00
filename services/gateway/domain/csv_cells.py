"""A spreadsheet never runs a cell as a formula: text that begins like a formula gets an apostrophe, numbers do not.

Spreadsheets run text that begins with =, +, - or @ (OWASP, "CSV Injection"), also after white space, and strangers type
the names and addresses.
"""

from __future__ import annotations

import re

_STARTS = ("=", "+", "-", "@")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)


def safe_cell(text: str) -> str:
    """The text as a cell that a spreadsheet shows and never runs."""
    if text.lstrip().startswith(_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text
