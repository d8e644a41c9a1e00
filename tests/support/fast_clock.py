"""Runs a service on a machine whose clock is ten minutes ahead: `python -m tests.support.fast_clock run SERVICE`."""

import importlib
import sys
from datetime import datetime, timedelta

from chassis.clock import World, utc_now
from contracts.vocabulary import Service
from database.clock import DatabaseClock
from hosting.migrations import files_of
from hosting.process import run_process
from hosting.settings import read_settings

AHEAD = timedelta(minutes=10)


def _fast() -> datetime:
    return utc_now() + AHEAD


def main(service: str) -> None:
    """Run it."""
    module = importlib.import_module(f"services.{Service(service)}.app")
    settings = read_settings(module.Settings)
    world = World(clock=DatabaseClock(_fast))
    run_process(lambda: module.build(settings), settings, files_of(module), getattr(module, "http", None), world)


if __name__ == "__main__":
    main(sys.argv[2])
