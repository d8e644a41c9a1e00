"""What a person sees while the local world comes up: each step, how far it is, and how long it took."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Step:
    """One step that runs now."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        """`task` is its line of `progress`."""
        self._progress = progress
        self._task = task

    def reached(self, done: int, total: int) -> None:
        """So many of so many are done. May be called from any thread."""
        self._progress.update(self._task, completed=done, total=total)


class StartupProgress:
    """The steps of one start: live bars at a terminal, one line for each finished step anywhere else."""

    def __init__(self, console: Console) -> None:
        """Nothing is shown before `shown` is entered."""
        self._console = console
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Show the steps meanwhile."""
        with self._progress:
            yield

    @asynccontextmanager
    async def step(self, what: str) -> AsyncIterator[Step]:
        """One step, from its beginning to its end."""
        task = self._progress.add_task(what, total=None)
        began = time.monotonic()
        yield Step(self._progress, task)
        self._progress.update(task, completed=1, total=1)
        if not self._console.is_terminal:
            self._console.print(f"  {what}: {time.monotonic() - began:.1f} s", highlight=False)
