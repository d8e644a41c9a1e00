"""Which fault is a message's own, and which is nobody's and worth the same try again."""

import asyncpg
import pytest

from chassis.runtime import is_transient


@pytest.mark.parametrize(
    "fault",
    [
        ConnectionResetError(),
        TimeoutError(),
        asyncpg.DiskFullError("53100"),
        asyncpg.LockNotAvailableError("55P03"),
        asyncpg.ConnectionDoesNotExistError("08003"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress"),
    ],
)
def test_a_lost_connection_a_lock_and_a_full_disk_are_nobodys(fault: Exception) -> None:
    assert is_transient(fault)


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.DataError("22"),
        asyncpg.UniqueViolationError("23505"),
        # Two messages that claim one row of one statement; a text that is too long for its index.
        asyncpg.CardinalityViolationError("21000"),
        asyncpg.ProgramLimitExceededError("54000"),
        ValueError(),
    ],
)
def test_a_value_and_a_decision_that_fails_are_their_messages_own(fault: Exception) -> None:
    assert not is_transient(fault)
