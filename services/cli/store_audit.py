"""The audit of the operator's commands: each one that changes something leaves a row in the service that it changed."""

from __future__ import annotations

import getpass
import os
from collections.abc import Sequence

from database.postgres import Db


async def note(db: Db, command: str, arguments: Sequence[str]) -> None:
    """Note a command in the transaction that it changes something in. Arguments hold ids, never data of people."""
    await db.execute(
        "INSERT INTO operator_commands (at, operator, command, arguments) VALUES (now(), $1, $2, $3)",
        operator(),
        command,
        list(arguments),
    )


def operator() -> str:
    """Who runs the command: HEADCOUNT_OPERATOR if it is set, else the user of this machine."""
    try:
        return os.environ.get("HEADCOUNT_OPERATOR") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
