"""One program of the local world: started on a leash, stopped politely, killed when asked to."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


class ProgramEndedError(RuntimeError):
    """A program ended that should be running. The message has its last lines."""


class Program:
    """A program that never outlives whoever started it. Start it from the main thread: the leash hangs on that."""

    def __init__(  # noqa: PLR0913 - how a program differs from another is just this many things
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
        polite: signal.Signals = signal.SIGTERM,
        at_death: signal.Signals = signal.SIGKILL,
        grace_seconds: float = 20,
    ) -> None:
        """`polite` asks it to stop, `at_death` is what it gets when its starter dies; `user` is whom it runs as."""
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environment = dict(os.environ if environment is None else environment)
        self._folder = folder
        self._user = user
        self._polite = polite
        self._at_death = at_death
        self._grace_seconds = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id. RuntimeError if it was never started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it. Its output is added to its log."""
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        wrapper = [sys.executable, "-I", "-S", str(_DIE_WITH_PARENT)]
        wrapper += [str(int(self._at_death)), str(os.getpid()), self._user or "-"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*wrapper, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder,
                # Its own session: Ctrl-C at the terminal reaches only us, who know the order of stopping.
                start_new_session=True,
            )

    async def run(self) -> None:
        """Start it and wait for its good end. ProgramEndedError, with its last lines, if that end is bad."""
        self.start()
        if await self.ended() != 0:
            self.check()

    async def ended(self) -> int:
        """Wait for its end, and say how it ended (negative: by that signal)."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        loop = asyncio.get_running_loop()
        end: asyncio.Future[int] = loop.create_future()
        # A thread for each, not the loop's few: all of them may be waited for at once, for hours.
        threading.Thread(target=_watch, args=(self._process, loop, end), daemon=True).start()
        return await end

    async def stop(self) -> None:
        """Ask it to stop; end it when it has not within its grace. Nothing happens if it does not run."""
        if not self.running:
            return
        self._signal(self._polite)
        try:
            async with asyncio.timeout(self._grace_seconds):
                await self.ended()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it with SIGKILL, as a power cut would, and wait until it is gone."""
        if self.running:
            self._signal(signal.SIGKILL)
            await self.ended()

    def check(self) -> None:
        """ProgramEndedError, with its last lines, if it does not run."""
        if not self.running:
            raise ProgramEndedError(f"{self.name} ended ({self._how_it_ended()}). Its last lines:\n{self.last_lines()}")

    def last_lines(self, count: int = 20) -> str:
        """The end of its log."""
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as lines:
            return "".join(deque(lines, maxlen=count)).rstrip()

    def _signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _how_it_ended(self) -> str:
        code = self.exit_code
        if code is None:
            return "never started"
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _watch(process: "subprocess.Popen[bytes]", loop: asyncio.AbstractEventLoop, end: "asyncio.Future[int]") -> None:
    code = process.wait()

    def tell() -> None:
        if not end.done():
            end.set_result(code)

    with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
        loop.call_soon_threadsafe(tell)
