"""Run a service in this process."""

from __future__ import annotations

import importlib

from contracts.vocabulary import Service
from hosting.migrations import files_of
from hosting.process import run_process
from hosting.settings import read_settings


def run_service(service: Service) -> None:
    """Run one service until SIGTERM or Ctrl-C."""
    module = importlib.import_module(f"services.{service}.app")
    settings = read_settings(module.Settings)
    http, measures = getattr(module, "http", None), getattr(module, "MEASURES", ())
    run_process(lambda: module.build(settings), settings, files_of(module), http, measures=measures)
