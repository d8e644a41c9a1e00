"""`headcount run`: one service as a process."""

from __future__ import annotations

from services.cli.environment import ServiceName


def run(service: ServiceName) -> None:
    """Run one service until SIGTERM or Ctrl-C.

    It needs HEADCOUNT_POSTGRES (postgresql://host:port/database), HEADCOUNT_PASSWORD (its own role's) and
    HEADCOUNT_KAFKA (host:port). /livez, /readyz and /metrics are served on HEADCOUNT_HOST and HEADCOUNT_PORT; the
    gateway serves the public there, and these on HEADCOUNT_PROBES_PORT.
    """
    from services.cli.running import run_service

    run_service(service)
