"""A process of one service in a test: its environment, the wait until it is ready, and its end."""

import os
import signal
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx

from deploy.local.ports import until
from deploy.local.programs import Program
from tests.support.keys import KEYS_OF_COMMANDS
from tests.support.one_service import PASSWORD

READY_SECONDS = 60


def environment_of(database: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process of any service with this database, of which it gets no role."""
    parts = urlsplit(database)
    return os.environ | {
        "HEADCOUNT_POSTGRES": urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        "HEADCOUNT_PASSWORD": PASSWORD,
        "HEADCOUNT_SESSION_TIMEOUT": "6",
        **KEYS_OF_COMMANDS,
        **settings,
    }


async def start(program: Program, port: int) -> None:
    """Start the process, and wait until its port says that it is ready."""
    program.start()

    async def ready() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{port}/readyz")).is_success
            except httpx.TransportError:
                return False

    await until(ready, still_alive=program.check, seconds=READY_SECONDS)


async def stop(program: Program) -> None:
    """Stop the process; it ends well, or by the signal."""
    await program.stop()
    assert program.exit_code in {0, -signal.SIGTERM}
