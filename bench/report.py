"""The table: ratios first, the figures behind them beside, and what it all ran on."""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from bench.asking import Asked
from bench.driver import Run
from bench.members_page import Compared
from bench.money import ENDPOINTS_PACE, STRIPES_PACE, Adjusted, Quotes
from bench.runs import Burst, Idle, typical
from bench.world import BenchWorld

OURS, FLOOR = "ours", "floor"


class Report:
    """Prints as results come in."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = _table("headcount, first logins", OURS, FLOOR, "ours ÷ floor", "aim")

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

    def logins(self) -> None:
        """Print the table of first logins."""
        self._console.print(self._table)

    def pages(self, members: int, compared: Sequence[Compared]) -> None:
        """What pages of members cost over HTTP, and the bare query with its serialisation."""
        table = _table(f"GET /members of {members:,}, ms", OURS, FLOOR, "ours ÷ floor")
        for comparison in compared:
            for name, share in (("p50", 0.50), ("p99", 0.99)):
                ours, floor = _at(comparison.ours, share) * 1000, _at(comparison.floor, share) * 1000
                table.add_row(f"{comparison.name}, {name}", f"{ours:.2f}", f"{floor:.2f}", f"{ours / floor:.1f}")
        self._console.print(table)

    def first_view(self, members: int, one: Compared, sent: int) -> None:
        """What the page of members costs beside the JSON call that brings the same people."""
        name = f"Members page of {members:,}, {sent:,} bytes compressed, ms"
        table = _table(name, "the page", "GET /members", "page ÷ call")
        for share_name, share in (("p50", 0.50), ("p99", 0.99)):
            page, call = _at(one.ours, share) * 1000, _at(one.floor, share) * 1000
            table.add_row(f"{one.name}, {share_name}", f"{page:.2f}", f"{call:.2f}", f"{page / call:.1f}")
        self._console.print(table)

    def codes(self, asked: Asked) -> None:
        """Whether time tells a known address from an unknown one."""
        count = len(asked.known)
        table = _table(f"POST /login-codes, {count:,} a side, ms", "known", "unknown", "known ÷ unknown")
        for share in (0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
            known, unknown = _at(asked.known, share) * 1000, _at(asked.unknown, share) * 1000
            table.add_row(f"p{share * 100:g}", f"{known:.2f}", f"{unknown:.2f}", f"{known / unknown:.3f}")
        self._console.print(table)
        self._console.print(
            f"A request for a known address took longer than one for an unknown with a likelihood of"
            f" {asked.told_apart:.3f} (0.5 tells nothing; chance alone keeps {count:,} a side within"
            f" ± {2 / (6 * count) ** 0.5:.3f}, 19 times of 20)",
            highlight=False,
        )

    def readers(
        self, admins: int, per_second: float, alone: Sequence[Run], beside: Sequence[Run], pages: Sequence[float]
    ) -> None:
        """First logins beside readers and without."""
        count = len(alone[0].latencies)
        name = f"{count} first logins over HTTP at {per_second:g}/s, ms (median of {len(alone)} runs)"
        table = _table(name, "alone", f"beside {admins} readers", "beside ÷ alone")
        for label, share in (("p50", 0.50), ("p99", 0.99)):
            without, with_ = (median(run.percentile(share) for run in runs) * 1000 for runs in (alone, beside))
            table.add_row(f"first login, {label}", f"{without:.1f}", f"{with_:.1f}", f"{with_ / without:.2f}")
        without, with_ = (median(run.rate() for run in runs) for runs in (alone, beside))
        table.add_row("first logins a second", f"{without:.1f}", f"{with_:.1f}", f"{with_ / without:.2f}")
        for label, share in (("p50", 0.50), ("p99", 0.99)):
            table.add_row(f"a reader's page, {label}", "", f"{_at(pages, share) * 1000:.1f}", "")
        spent = sum(run.seconds for run in beside)
        table.add_row("pages a second", "", f"{len(pages) / spent:.0f}", "")
        self._console.print(table)

    def quotes(self, seen: Quotes) -> None:
        """Quotes over HTTP beside Stripe's answer alone."""
        table = _table(f"{len(seen.quotes)} quotes over HTTP, ms", "quote", "Stripe alone", "quote ÷ Stripe", "aim")
        for label, share, aim in (("p50", 0.50, "≤ 1.5"), ("p99", 0.99, "")):
            ours, alone = _at(seen.quotes, share) * 1000, _at(seen.alone, share) * 1000
            table.add_row(label, f"{ours:.1f}", f"{alone:.1f}", f"{ours / alone:.2f}", aim)
        self._console.print(table)

    def adjusts(self, seen: Adjusted) -> None:
        """Agencies that adjusted at once beside the pace that Stripe allows."""
        table = _table(f"{seen.agencies:,} agencies adjust at once", "ours", "Stripe's pace", "ours ÷ pace")
        for what, ours, most in (
            ("requests to Stripe a second", seen.per_second, STRIPES_PACE),
            ("of those to the busiest endpoint", seen.busiest / seen.seconds, ENDPOINTS_PACE),
        ):
            table.add_row(what, f"{ours:.0f}", f"{most:.0f}", f"{ours / most:.2f}")
        table.add_row("seconds until the last one's outcome", f"{seen.seconds:.1f}", "", "")
        table.add_row("requests for each adjustment", f"{(seen.requests - seen.refused) / seen.agencies:.1f}", "", "")
        table.add_row("refused for their number (429), sent again", f"{seen.refused:,}", "", "")
        given = [quote for quote in seen.quotes if quote < math.inf]
        table.add_row("quotes of another agency meanwhile, given up", f"{len(seen.quotes) - len(given)}", "", "")
        for label, share in (("p50", 0.50), ("slowest", 1.0)) if given else ():
            table.add_row(f"seconds of those given, {label}", f"{_at(given, share):.1f}", "", "")
        self._console.print(table)

    def show(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table that a part has filled itself; the first column names the row."""
        table = _table(title, *columns)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    async def machine(self, world: BenchWorld) -> None:
        """What it all ran on."""
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


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _at(seconds: Sequence[float], share: float) -> float:
    """The time that this share did not exceed."""
    ranked = sorted(seconds)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


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
