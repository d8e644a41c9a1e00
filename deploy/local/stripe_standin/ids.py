"""Ids that look like Stripe's: a prefix for the kind of object, then random letters and digits."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LONG = 24
_SHORT = 14

# Some clients check the length of an id, so these are as short as Stripe's.
_LENGTHS = {"cus": _SHORT, "si": _SHORT, "prod": _SHORT, "req": _SHORT}


def new_id(prefix: str) -> str:
    """Return a fresh id such as `sub_1Qk…`."""
    length = _LENGTHS.get(prefix, _LONG)
    # 62 does not divide 256 evenly, so ids are not uniformly random. They only need to be unique.
    return f"{prefix}_" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(length))


def new_hex(digits: int) -> str:
    """Return upper-case hexadecimal digits, as in an invoice prefix."""
    return secrets.token_hex(digits).upper()[:digits]
