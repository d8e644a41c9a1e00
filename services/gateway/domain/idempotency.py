"""The same key with the same body is the same write: one command, one answer, and a secret is never given twice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from uuid import UUID

KEY_MAX = 64
_COMMANDS = UUID("5b8f7f0e-6d0c-5a39-9c5e-2f6a0f3d8c11")
"""The name space of order ids; any fixed value does, as long as it never changes."""


class OperationState(StrEnum):
    """How far a write has come."""

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is recorded under the same caller and key."""

    fingerprint: bytes
    state: OperationState
    secret: bool
    sealed: bool
    """The secret waits to be fetched: nobody has been given it."""


class Replay(StrEnum):
    """What a repeated key is answered with."""

    SAME_ANSWER = "same_answer"
    KEY_REUSED = "key_reused"
    ALREADY_ANSWERED = "already_answered"


def command_id(caller: str, key: str) -> UUID:
    """The id of the command that this caller's key stands for; two callers with one key never meet."""
    return uuid.uuid5(_COMMANDS, f"{caller}\n{key}")


def replay(earlier: Earlier, fingerprint: bytes) -> Replay:
    """How to answer a key that was used before, now with a body of this fingerprint."""
    if not compare_digest(earlier.fingerprint, fingerprint):
        return Replay.KEY_REUSED
    if earlier.secret and earlier.state is OperationState.DONE and not earlier.sealed:
        return Replay.ALREADY_ANSWERED
    return Replay.SAME_ANSWER
