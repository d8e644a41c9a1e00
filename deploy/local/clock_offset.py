"""The services' time while the demo agency's history is told: weeks behind the wall's, and moved on between chapters.

Only in the local world, and only until the history is told. No service has a switch for it: they are put together here
as `headcount run` does it, with another clock. How far behind it is stands in a file, which all of them read each time.
"""

import importlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.clock import World
from chassis.process import run_process
from chassis.settings import read_settings
from contracts.vocabulary import Service


class ClockOffset:
    """How many seconds the services are behind the wall. The file stays, so that a broken start goes on from there."""

    def __init__(self, file: Path) -> None:
        """`file` need not exist yet."""
        self.file = file

    @property
    def began(self) -> bool:
        """Whether time was ever set back here: it is never set back twice."""
        return self.file.exists()

    @property
    def seconds(self) -> int:
        """By how much; 0 is the wall's time."""
        return int(self.file.read_text()) if self.began else 0

    def set(self, seconds: int) -> None:
        """Be so far behind from now on."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.file)


def clock_behind(clock_offset: ClockOffset) -> Callable[[], datetime]:
    """A service's clock that is behind as `past` says. Once that is nothing, it is the wall's for good."""
    arrived = False

    def now() -> datetime:
        nonlocal arrived
        wall = datetime.now(UTC)
        if arrived:
            return wall
        behind = clock_offset.seconds
        arrived = behind == 0
        return wall - timedelta(seconds=behind)

    return now


def main(arguments: list[str]) -> None:
    """`python -m deploy.local.clock_offset FILE run SERVICE`."""
    file, _, service = arguments
    module = importlib.import_module(f"services.{Service(service)}.app")
    settings = read_settings(module.Settings)
    world = World(clock=clock_behind(ClockOffset(Path(file))))
    run_process(lambda: module.build(settings), settings, getattr(module, "http", None), world)


if __name__ == "__main__":
    main(sys.argv[1:])
