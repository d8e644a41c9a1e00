"""Shows a person the steps of the local world's start: the progress and the duration of each."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Step:
    """A step that is running."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        """`task` is the step's line in `progress`."""
        self._progress = progress
        self._task = task

    def reached(self, done: int, total: int) -> None:
        """Show that `done` parts of `total` are done. Any thread may call this."""
        self._progress.update(self._task, completed=done, total=total)


class StartupProgress:
    """The steps of one start: live bars on a terminal, otherwise one line for each finished step."""

    def __init__(self, console: Console) -> None:
        """Shows nothing before `display` is entered."""
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
    async def display(self) -> AsyncIterator[None]:
        """Show the steps while the block runs."""
        with self._progress:
            yield

    @asynccontextmanager
    async def step(self, title: str) -> AsyncIterator[Step]:
        """A step that lasts as long as the block."""
        task = self._progress.add_task(title, total=None)
        began = time.monotonic()
        yield Step(self._progress, task)
        self._progress.update(task, completed=1, total=1)
        if not self._console.is_terminal:
            self._console.print(f"  {title}: {time.monotonic() - began:.1f} s", highlight=False)
