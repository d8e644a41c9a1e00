"""Ids that look like Stripe's: a prefix that names the kind, then letters and digits that mean nothing."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LONG = 24
_SHORT = 14

# Where Stripe's ids are short, these are: some code in the wild is strict about the length.
_LENGTHS = {"cus": _SHORT, "si": _SHORT, "prod": _SHORT, "req": _SHORT}


def new_id(prefix: str) -> str:
    """Return a fresh id such as `sub_1Qk…`."""
    length = _LENGTHS.get(prefix, _LONG)
    # 62 letters do not divide 256 evenly; ids must be unlike each other, not unguessable.
    return f"{prefix}_" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in secrets.token_bytes(length))


def new_hex(digits: int) -> str:
    """Return upper-case hexadecimal digits, as in an invoice prefix."""
    return secrets.token_hex(digits).upper()[:digits]
