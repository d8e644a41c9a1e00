"""`headcount run`: one service as a process."""

from __future__ import annotations

import importlib

from hosting.settings import read_settings
from services.cli.environment import ServiceName


def run(service: ServiceName) -> None:
    """Run one service until SIGTERM or Ctrl-C.

    It needs HEADCOUNT_POSTGRES (postgresql://host:port/database), HEADCOUNT_PASSWORD (its own role's) and
    HEADCOUNT_KAFKA (host:port). /livez, /readyz and /metrics are served on HEADCOUNT_HOST and HEADCOUNT_PORT; the
    gateway serves the public there, and these on HEADCOUNT_PROBES_PORT.
    """
    from hosting.migrations import files_of
    from hosting.process import run_process

    module = importlib.import_module(f"services.{service}.app")
    settings = read_settings(module.Settings)
    http, measures = getattr(module, "http", None), getattr(module, "MEASURES", ())
    run_process(lambda: module.build(settings), settings, files_of(module), http, measures=measures)
