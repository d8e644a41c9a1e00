"""The command line `headcount`. A command imports what it needs when it runs, so that the command line starts fast."""

from __future__ import annotations

import sys

from contracts.vocabulary import Service


def main() -> None:
    """The entry point. A service runs for weeks: it is started without the other commands and what parses them."""
    match sys.argv[1:]:
        case ["run", name] if name in [service.value for service in Service]:
            from services.cli.running import run_service

            run_service(Service(name))
        case _:
            from services.cli.commands import app

            app()
