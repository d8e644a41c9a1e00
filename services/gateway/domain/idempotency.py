"""A key repeated with the same body is the same write: one command, and one response. A secret is given once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from uuid import UUID

KEY_MAX = 64
_COMMANDS = UUID("5b8f7f0e-6d0c-5a39-9c5e-2f6a0f3d8c11")
"""The name space of command ids. A new value would make every repeated key a new write."""


class OperationState(StrEnum):
    """The state of a write. The values are the API's words."""

    RUNNING = "running"
    DONE = "done"
    REJECTED = "refused"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The operation that is recorded under the same caller and key."""

    fingerprint: bytes
    state: OperationState
    secret: bool
    sealed: bool
    """The secret waits to be fetched: no response has given it away."""


class Replay(StrEnum):
    """The response to a repeated key."""

    SAME_ANSWER = "same_answer"
    KEY_REUSED = "key_reused"
    ALREADY_ANSWERED = "already_answered"


def command_id(caller: str, key: str) -> UUID:
    """The id of the command that this caller's key stands for. Another caller's equal key has another id."""
    return uuid.uuid5(_COMMANDS, f"{caller}\n{key}")


def replay(earlier: Earlier, fingerprint: bytes) -> Replay:
    """The response to a key that was used before, now with a body of this fingerprint."""
    if not compare_digest(earlier.fingerprint, fingerprint):
        return Replay.KEY_REUSED
    if earlier.secret and earlier.state is OperationState.DONE and not earlier.sealed:
        return Replay.ALREADY_ANSWERED
    return Replay.SAME_ANSWER
