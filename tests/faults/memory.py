"""How much memory each process of a service takes at most during a run."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import psutil

from tests.faults.fleet import Fleet

EVERY_SECONDS = 1.0


class MemorySampler:
    """Measures the proportional set size (PSS) of each replica."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self.most: dict[str, float] = {}
        """The most that a replica of each service took, in MB."""

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            for replica in self._fleet.replicas:
                with suppress(psutil.Error, RuntimeError):
                    taken = psutil.Process(replica.program.pid).memory_full_info().pss / 1e6
                    self.most[replica.service] = max(taken, self.most.get(replica.service, 0.0))
            await asyncio.sleep(EVERY_SECONDS)

    def line(self) -> str:
        """The result in words."""
        return "Most memory of a process: " + ", ".join(f"{name} {taken:.0f} MB" for name, taken in self.most.items())
