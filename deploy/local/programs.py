"""Runs one program of the local world: it dies with its parent, and it can be stopped in order or killed."""

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
    """A program that should run has ended. The message has the last lines of its log."""


class Program:
    """A program that dies with its parent. Start it from the main thread, since the kernel watches that thread."""

    def __init__(  # noqa: PLR0913 - each of these differs between programs
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        parent_death_signal: signal.Signals = signal.SIGKILL,
        grace_seconds: float = 20,
    ) -> None:
        """`stop_signal` stops it in order, `parent_death_signal` is sent when the parent dies; it runs as `user`."""
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environment = dict(os.environ if environment is None else environment)
        self._folder = folder
        self._user = user
        self._stop_signal = stop_signal
        self._parent_death_signal = parent_death_signal
        self._grace_seconds = grace_seconds
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the program is running."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id. RuntimeError if the program was never started."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while the program is running."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start the program. Its output is appended to its log."""
        if self.running:
            raise RuntimeError(f"{self.name} runs already")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        wrapper = [sys.executable, "-I", "-S", str(_DIE_WITH_PARENT)]
        wrapper += [str(int(self._parent_death_signal)), str(os.getpid()), self._user or "-"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [*wrapper, *self._command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                cwd=self._folder,
                # A session of its own: Ctrl-C at the terminal reaches only the parent, which stops all in order.
                start_new_session=True,
            )

    async def run(self) -> None:
        """Start the program and wait for its end. ProgramEndedError, with its last lines, if it fails."""
        self.start()
        if await self.ended() != 0:
            self.check()

    async def ended(self) -> int:
        """Wait for the end; returns the exit code (negative: the signal that ended it)."""
        if self._process is None:
            raise RuntimeError(f"{self.name} was not started")
        loop = asyncio.get_running_loop()
        end: asyncio.Future[int] = loop.create_future()
        # A thread for each program: the loop's few threads would all be blocked for hours.
        threading.Thread(target=_watch, args=(self._process, loop, end), daemon=True).start()
        return await end

    async def stop(self) -> None:
        """Stop the program in order, and kill it after its grace period. Does nothing if it is not running."""
        if not self.running:
            return
        self._signal(self._stop_signal)
        try:
            async with asyncio.timeout(self._grace_seconds):
                await self.ended()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """Kill the program with SIGKILL, and wait for its end."""
        if self.running:
            self._signal(signal.SIGKILL)
            await self.ended()

    def check(self) -> None:
        """ProgramEndedError, with the last lines of the log, if the program is not running."""
        if not self.running:
            raise ProgramEndedError(f"{self.name} ended ({self._how_it_ended()}). Its last lines:\n{self.last_lines()}")

    def last_lines(self, count: int = 20) -> str:
        """The last lines of the log."""
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

    def report() -> None:
        if not end.done():
            end.set_result(code)

    with contextlib.suppress(RuntimeError):  # the loop is closed, so nothing waits for the end
        loop.call_soon_threadsafe(report)
