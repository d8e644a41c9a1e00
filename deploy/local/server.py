"""What the servers of the local world have in common: a process that starts, stops, dies and comes back as itself."""

from types import TracebackType
from typing import Self

from deploy.local.programs import Program


class Server:
    """Used as `async with`, or by its four verbs."""

    name: str
    """As a person calls it."""

    def __init__(self) -> None:
        """Not started."""
        self._program: Program | None = None

    @property
    def started(self) -> bool:
        """Whether it was ever started."""
        return self._program is not None

    @property
    def program(self) -> Program:
        """Its process. RuntimeError before the first start."""
        if self._program is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._program

    async def start(self) -> None:
        """Start it, and return when it takes work. ProgramEndedError if it cannot."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop it in order. Nothing happens if it does not run."""
        if self._program is not None:
            await self._program.stop()

    async def kill(self) -> None:
        """End it with SIGKILL, as a power cut would."""
        await self.program.kill()

    async def restart(self) -> None:
        """Stop it if it runs, and start it at the same address on the same data."""
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        """Start it."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        await self.stop()
