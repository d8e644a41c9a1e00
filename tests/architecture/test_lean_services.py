"""A service's process holds only what it needs while it runs: the five share one small machine."""

import subprocess
import sys

import pytest

# Each takes megabytes of every service that imports it.
OF_COMMANDS = {"typer", "faststream", "services.cli.commands"}
OF_SOME = {
    "members": OF_COMMANDS | {"httpx", "stripe", "fastapi", "jinja2", "icu"},
    "gateway": OF_COMMANDS | {"fpdf", "fontTools", "PIL", "stripe"},
}


@pytest.mark.parametrize("service", OF_SOME)
def test_a_service_starts_without_what_other_processes_need(service: str) -> None:
    started = f"import sys, services.cli.running, services.{service}.app; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", started], check=True, capture_output=True, text=True).stdout
    assert not OF_SOME[service] & set(printed.split())
