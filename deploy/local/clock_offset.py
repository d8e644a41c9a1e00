"""Runs services whose clock is weeks behind real time, so that the demo agency's history gets past dates.

Only the local world does this, and only until the history is complete. No service has a setting for it: this module
composes a service like `headcount run`, but with another clock. All services read the offset from one file.
"""

import importlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.clock import World
from contracts.vocabulary import Service
from hosting.migrations import files_of
from hosting.process import run_process
from hosting.settings import read_settings


class ClockOffset:
    """The seconds by which the services are behind real time, in a file that survives an interrupted start."""

    def __init__(self, file: Path) -> None:
        """`file` may not exist yet."""
        self.file = file

    @property
    def is_set(self) -> bool:
        """Whether the clock was ever set back here: it is set back only once."""
        return self.file.exists()

    @property
    def seconds(self) -> int:
        """The offset in seconds; 0 is real time."""
        return int(self.file.read_text()) if self.is_set else 0

    def set(self, seconds: int) -> None:
        """Set the offset."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)


def clock_behind(clock_offset: ClockOffset) -> Callable[[], datetime]:
    """A clock that is behind by the offset. Once the offset is 0, it is real time for good and reads no file."""
    caught_up = False

    def now() -> datetime:
        nonlocal caught_up
        real = datetime.now(UTC)
        if caught_up:
            return real
        behind = clock_offset.seconds
        caught_up = behind == 0
        return real - timedelta(seconds=behind)

    return now


def main(arguments: list[str]) -> None:
    """`python -m deploy.local.clock_offset FILE run SERVICE`."""
    file, _, service = arguments
    module = importlib.import_module(f"services.{Service(service)}.app")
    settings = read_settings(module.Settings)
    world = World(clock=clock_behind(ClockOffset(Path(file))))
    http, measures = getattr(module, "http", None), getattr(module, "MEASURES", ())
    run_process(lambda: module.build(settings), settings, files_of(module), http, world, measures)


if __name__ == "__main__":
    main(sys.argv[1:])
