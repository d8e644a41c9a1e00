"""A code is read as people type it: the four digits count, and spaces, signs and words around them do not.

Digits of every script count, because a phone's keyboard writes those of its owner's language. In a pasted subject or
sentence with further numbers, the only number of four digits is the code.
"""

from __future__ import annotations

import re
import unicodedata

CODE_DIGITS = 4
_LONE_FOUR = re.compile(rf"(?<![0-9])[0-9]{{{CODE_DIGITS}}}(?![0-9])")


def typed_code(text: str) -> str:
    """The code's four digits in ASCII; the text itself, with its digits in ASCII, when it holds no single code."""
    plain = "".join(_ascii_digit(char) for char in text)
    digits = "".join(char for char in plain if "0" <= char <= "9")
    if len(digits) == CODE_DIGITS:
        return digits
    codes = _LONE_FOUR.findall(plain)
    return codes[0] if len(codes) == 1 else plain


def _ascii_digit(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
