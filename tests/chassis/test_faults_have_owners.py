"""Faults are classified: transient, caused by a message's input, or a bug of ours."""

import asyncpg
import pytest

from database.postgres import Fault, fault_of


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
def test_a_lost_connection_a_lock_and_a_full_disk_are_transient(fault: Exception) -> None:
    assert fault_of(fault) is Fault.TRANSIENT


@pytest.mark.parametrize(
    "fault",
    [
        asyncpg.DataError("22"),
        asyncpg.UniqueViolationError("23505"),
        # Two messages claim one row of one statement; a text is too long for its index.
        asyncpg.CardinalityViolationError("21000"),
        asyncpg.ProgramLimitExceededError("54000"),
        ValueError(),
    ],
)
def test_a_rejected_value_and_a_decision_that_raises_are_faults_of_the_input(fault: Exception) -> None:
    assert fault_of(fault) is Fault.INPUT


@pytest.mark.parametrize(
    "fault",
    [asyncpg.UndefinedTableError("42P01"), asyncpg.UndefinedColumnError("42703"), asyncpg.PostgresSyntaxError("42601")],
)
def test_sql_that_cannot_run_is_a_bug(fault: asyncpg.PostgresError) -> None:
    assert fault_of(fault) is Fault.BUG
