"""CPU seconds and proportional memory of processes, as the kernel counts them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

_LOOK_SECONDS = 0.5
_QUIET_SHARE = 0.1
"""Share of a core; a process that only waits takes far less."""


def cpu_seconds(pid: int) -> float:
    """Return a process's CPU time, user and system; with its children's, ended ones included, unless it is ours."""
    process = psutil.Process(pid)
    own = process.cpu_times()
    total: float = own.user + own.system
    if pid == os.getpid():
        # Every process here is a child of the bench and is counted by itself.
        return total
    total += own.children_user + own.children_system
    for child in process.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def proportional_bytes(pid: int) -> int:
    """Return a process's memory, with each shared page counted by its share (PSS)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "Pss":
            return int(rest.split()[0]) * 1024
    raise RuntimeError(f"the kernel does not say the memory of process {pid}")


class Meter:
    """CPU seconds of named processes since `start`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before: dict[str, float] = {}

    def start(self) -> None:
        """Count from now."""
        self._before = {name: cpu_seconds(pid) for name, pid in self._pids.items()}

    def read(self) -> dict[str, float]:
        """Return the CPU seconds so far, by name."""
        return {name: cpu_seconds(pid) - self._before[name] for name, pid in self._pids.items()}


async def quiet(pids: Iterable[int]) -> None:
    """Return when none of these processes works any more, so that every subscriber has caught up."""
    watched = list(pids)
    before = [cpu_seconds(pid) for pid in watched]
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        now = [cpu_seconds(pid) for pid in watched]
        if all(late - early < _QUIET_SHARE * _LOOK_SECONDS for early, late in zip(before, now, strict=True)):
            return
        before = now
