"""The operator's calls may have a listener of their own, which then serves nothing else.

At the public listener their addresses do not exist then, whatever key is sent.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, assert_never

_OPERATORS: Final = "/api/v1/agencies"
_OPERATIONS: Final = "/api/v1/operations/"
"""Where an operator's call that takes long is followed."""


class Audience(Enum):
    """The callers that reach a listener."""

    EVERYBODY = auto()
    """The public, and the operator too."""
    PUBLIC = auto()
    OPERATOR = auto()

    @property
    def has_operator(self) -> bool:
        """Whether the operator's key counts here."""
        return self is not Audience.PUBLIC


def serves(audience: Audience, path: str) -> bool:
    """Whether a listener for this audience serves this path."""
    is_operators = path == _OPERATORS or path.startswith(f"{_OPERATORS}/")
    match audience:
        case Audience.EVERYBODY:
            return True
        case Audience.PUBLIC:
            return not is_operators
        case Audience.OPERATOR:
            return is_operators or path.startswith(_OPERATIONS)
        case never:
            assert_never(never)
