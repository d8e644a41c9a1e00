"""The base of the local world's servers: a process that can be started, stopped, killed and restarted."""

from types import TracebackType
from typing import Self

from deploy.local.programs import Program


class Server:
    """A server; `async with` starts and stops it."""

    name: str
    """The name that messages to people show."""

    def __init__(self) -> None:
        """Creates the server without starting it."""
        self._program: Program | None = None

    @property
    def started(self) -> bool:
        """Whether the server was ever started."""
        return self._program is not None

    @property
    def program(self) -> Program:
        """The server's process. RuntimeError before the first start."""
        if self._program is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._program

    async def start(self) -> None:
        """Start the server and wait until it is ready. ProgramEndedError if it fails."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop the server in order. Does nothing if it is not running."""
        if self._program is not None:
            await self._program.stop()

    async def kill(self) -> None:
        """Kill the server with SIGKILL."""
        await self.program.kill()

    async def restart(self) -> None:
        """Stop the server if it is running, and start it with the same address and data."""
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        """Start the server."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        await self.stop()
