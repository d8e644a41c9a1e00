"""The table: ratios first, the figures behind them beside, and what it all ran on."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.driver import Run
from bench.runs import Burst, Idle, typical
from bench.world import BenchWorld

OURS, FLOOR = "ours", "floor"


class Report:
    """Prints as results come in."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = Table(title="headcount, first logins", title_justify="left")
        self._table.add_column("")
        for column in (OURS, FLOOR, "ours ÷ floor", "aim"):
            self._table.add_column(column, justify="right")

    def step(self, what: str) -> None:
        """What is being done now."""
        self._console.print(f"[dim]{what}[/]", highlight=False)

    def bursts(self, bursts: Mapping[str, Sequence[Burst]]) -> None:
        """Rates of the bursts, and where one's CPU went."""
        ours, floor = (typical(bursts[side]).run.rate() for side in (OURS, FLOOR))
        count = len(bursts[OURS][0].run.latencies)
        spans = [_span([burst.run.rate() for burst in bursts[side]]) for side in (OURS, FLOOR)]
        self._table.add_row(
            f"burst of {count:,}, logins/s (median of {len(bursts[OURS])}, range)",
            *spans,
            f"{ours / floor:.2f}",
            "≥ 0.50, ≥ 2,000",
        )
        for side in (OURS, FLOOR):
            self._cpu(side, typical(bursts[side]))

    def steady(self, per_second: float, runs: Mapping[str, Run]) -> None:
        """Latencies at a rate."""
        for name, share in (("p50", 0.50), ("p99", 0.99)):
            ours, floor = (runs[side].percentile(share) * 1000 for side in (OURS, FLOOR))
            label = f"{per_second:g}/s, {name} ms"
            self._table.add_row(label, f"{ours:.1f}", f"{floor:.1f}", f"{ours / floor:.2f}", "")

    def idle(self, when: str, seen: Idle) -> None:
        """Memory and CPU of the services at rest."""
        self._table.add_row(
            f"idle {when}: memory of the five, MB (PSS)", f"{sum(seen.megabytes.values()):.0f}", "", "", "≤ 400"
        )
        self._table.add_row(
            f"idle {when}: CPU of the five, % of a core", f"{100 * sum(seen.share.values()):.1f}", "", "", "≤ 5"
        )
        each = "  ".join(
            f"{name} {megabytes:.0f} MB {100 * seen.share[name]:.1f} %" for name, megabytes in seen.megabytes.items()
        )
        self.step(f"idle {when}: {each}")

    async def end(self, world: BenchWorld) -> None:
        """Print the table and the machine."""
        self._console.print(self._table)
        self._console.print(await _machine(world), highlight=False)

    def _cpu(self, side: str, burst: Burst) -> None:
        count = len(burst.run.latencies)
        each = "  ".join(
            f"{name} {burst.cpu[name] / count * 1e6:.0f} ({burst.caught_up[name] / count * 1e6:.0f})"
            for name in burst.cpu
        )
        total = sum(burst.cpu.values())
        self.step(
            f"{side}: CPU µs a login until the last outcome (until all had caught up): {each}"
            f"  | together {total / burst.run.seconds:.2f} cores busy"
        )


def _span(rates: Sequence[float]) -> str:
    ranked = sorted(rates)
    return f"{ranked[len(ranked) // 2]:,.0f} ({ranked[0]:,.0f}-{ranked[-1]:,.0f})"


async def _machine(world: BenchWorld) -> str:
    async with world.database() as db:
        postgres, fsync = await db.fetchval("SHOW server_version"), await db.fetchval("SHOW fsync")
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores ({_processor()}), Python {platform.python_version()}, Apache Kafka {_kafka_version()} (one"
        f" node, acks=all), PostgreSQL {postgres} (fsync {fsync}), {platform.system()} {platform.release()};"
        " driver, broker and database on the same cores"
    )


def _kafka_version() -> str:
    lock = Path(__file__).parents[1] / "deploy" / "local" / "kafka.lock"
    found = re.search(r"kafka-clients:([\d.]+)", lock.read_text())
    return found[1] if found else "of unknown version"


def _processor() -> str:
    found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()
