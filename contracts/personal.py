"""What is personal: the one declaration that erasure, its search and its tests go by, and what stands in its place.

A field of a message or of a rejection is personal if its type says so: `Annotated[str, Personal.NAME]`. Names and
addresses of an erased person are replaced by the same words everywhere, so that no table, message or log differs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, assert_never
from uuid import UUID

ERASED_NAME: Final = "A removed person"
ERASED_TEXT: Final = "erased"
ERASED_DOMAIN: Final = "erased.invalid"
"""No mail can be sent to it (RFC 2606), so nobody can have an address on it."""


class Personal(StrEnum):
    """The kind of a personal field. TEXT is anything else that says who or where somebody is."""

    NAME = "name"
    ADDRESS = "address"
    SIGNER = "signer"
    TEXT = "text"


def erased_address(member_id: UUID) -> str:
    """The address that stands for an erased person: no two have the same, and it says nothing."""
    return f"{member_id.hex}@{ERASED_DOMAIN}"


def is_erased(address: str) -> bool:
    """Whether an address in its stored form stands for an erased person."""
    return address.endswith(f"@{ERASED_DOMAIN}")


def replacement(kind: Personal, member_id: UUID) -> str:
    """What stands in the place of a personal value."""
    match kind:
        case Personal.ADDRESS:
            return erased_address(member_id)
        case Personal.NAME | Personal.SIGNER:
            return ERASED_NAME
        case Personal.TEXT:
            return ERASED_TEXT
        case never:
            assert_never(never)
