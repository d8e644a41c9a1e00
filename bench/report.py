"""The tables: ratios first, with the figures behind them and the machine that they were measured on."""

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

from bench.driver import Run
from bench.hops import Hop
from bench.login_codes import CodeTimes
from bench.members_page import Compared, Weight
from bench.money import ENDPOINTS_PACE, STRIPES_PACE, AdjustRun, Quotes
from bench.runs import Idle, Measured, typical
from bench.world import BenchWorld

OURS, FLOOR = "ours", "floor"


class Report:
    """Prints results as they arrive."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = _table("headcount, first logins", OURS, FLOOR, "ours ÷ floor", "aim")

    def step(self, what: str) -> None:
        """Print the current step."""
        self._console.print(f"[dim]{what}[/]", highlight=False)

    def bursts(self, bursts: Mapping[str, Sequence[Measured]]) -> None:
        """Add the rates of the bursts, and print where the CPU time of one burst went."""
        ours, floor = (typical(bursts[side]).run.rate() for side in (OURS, FLOOR))
        count = len(bursts[OURS][0].run.latencies)
        spans = [_span([burst.run.rate() for burst in bursts[side]]) for side in (OURS, FLOOR)]
        self._table.add_row(
            f"burst of {count:,}, logins/s (median of {len(bursts[OURS])}, range)",
            *spans,
            f"{ours / floor:.2f}",
            "≥ 0.40, ≥ 4,000",
        )
        for side in (OURS, FLOOR):
            self._cpu(side, typical(bursts[side]))

    def steady(self, per_second: float, runs: Mapping[str, Measured]) -> None:
        """Add the latencies at a rate and the CPU time of a login; print where that went."""
        for name, share in (("p50", 0.50), ("p99", 0.99)):
            ours, floor = (runs[side].run.percentile(share) * 1000 for side in (OURS, FLOOR))
            label = f"{per_second:g}/s, {name} ms"
            self._table.add_row(label, f"{ours:.1f}", f"{floor:.1f}", f"{ours / floor:.2f}", "")
        count = len(runs[OURS].run.latencies)
        ours, floor = (sum(runs[side].caught_up.values()) / count * 1000 for side in (OURS, FLOOR))
        label = f"{per_second:g}/s, CPU ms a login, all processes"
        self._table.add_row(label, f"{ours:.1f}", f"{floor:.1f}", f"{ours / floor:.2f}", "")
        for side in (OURS, FLOOR):
            self._cpu(side, runs[side])

    def hops(self, per_second: float, found: Sequence[Hop]) -> None:
        """Print where the time of one login goes."""
        rows = [[hop.name, f"{hop.seconds * 1000:.1f}"] for hop in found]
        rows.append(["together", f"{sum(hop.seconds for hop in found) * 1000:.1f}"])
        self.show(f"One first login at {per_second:g}/s, hop by hop", ("median ms",), rows)

    def idle(self, when: str, rest: Idle) -> None:
        """Add memory and CPU of the services at rest."""
        self._table.add_row(
            f"idle {when}: memory of the five, MB (PSS)", f"{sum(rest.megabytes.values()):.0f}", "", "", "≤ 300"
        )
        self._table.add_row(
            f"idle {when}: CPU of the five, % of a core", f"{100 * sum(rest.share.values()):.1f}", "", "", "≤ 3"
        )
        each = "  ".join(
            f"{name} {megabytes:.0f} MB {100 * rest.share[name]:.1f} %" for name, megabytes in rest.megabytes.items()
        )
        self.step(f"idle {when}: {each}")

    def logins(self) -> None:
        """Print the table of first logins."""
        self._console.print(self._table)

    def pages(self, members: int, compared: Sequence[Compared]) -> None:
        """Print what pages of members cost over HTTP, beside the bare query with its serialization."""
        table = _table(f"GET /members of {members:,}, ms", OURS, FLOOR, "ours ÷ floor")
        for comparison in compared:
            for name, share in (("p50", 0.50), ("p99", 0.99)):
                ours, floor = _at(comparison.ours, share) * 1000, _at(comparison.floor, share) * 1000
                table.add_row(f"{comparison.name}, {name}", f"{ours:.2f}", f"{floor:.2f}", f"{ours / floor:.1f}")
        self._console.print(table)

    def first_view(self, members: int, comparison: Compared, weight: Weight) -> None:
        """Print what the Members page costs beside the JSON call for the same people, and what it weighs."""
        name = f"Members page of {members:,}, {weight.page:,} bytes compressed, ms"
        table = _table(name, "the page", "GET /members", "page ÷ call")
        for share_name, share in (("p50", 0.50), ("p99", 0.99)):
            page, call = _at(comparison.ours, share) * 1000, _at(comparison.floor, share) * 1000
            table.add_row(f"{comparison.name}, {share_name}", f"{page:.2f}", f"{call:.2f}", f"{page / call:.1f}")
        self._console.print(table)
        weighed = _table("Members page in a browser that has nothing cached, bytes as sent", "bytes", "aim")
        weighed.add_row("all of it", f"{weight.cold:,}", "≤ 85,000")
        weighed.add_row("of that, the typeface", f"{weight.typeface:,}", "≤ 30,000")
        self._console.print(weighed)

    def codes(self, times: CodeTimes) -> None:
        """Print whether the time distinguishes a known address from an unknown one."""
        count = len(times.known)
        table = _table(f"POST /login-codes, {count:,} a side, ms", "known", "unknown", "known ÷ unknown")
        for share in (0.1, 0.25, 0.5, 0.75, 0.9, 0.99):
            known, unknown = _at(times.known, share) * 1000, _at(times.unknown, share) * 1000
            table.add_row(f"p{share * 100:g}", f"{known:.2f}", f"{unknown:.2f}", f"{known / unknown:.3f}")
        self._console.print(table)
        self._console.print(
            f"A request for a known address took longer than one for an unknown with a likelihood of"
            f" {times.likelihood:.3f} (0.5 reveals nothing; chance alone keeps {count:,} a side within"
            f" ± {2 / (6 * count) ** 0.5:.3f}, 19 times of 20)",
            highlight=False,
        )

    def readers(
        self, admins: int, per_second: float, alone: Sequence[Run], beside: Sequence[Run], pages: Sequence[float]
    ) -> None:
        """Print first logins with and without readers."""
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

    def quotes(self, result: Quotes) -> None:
        """Print quotes over HTTP beside Stripe's response alone."""
        table = _table(f"{len(result.quotes)} quotes over HTTP, ms", "quote", "Stripe alone", "quote ÷ Stripe", "aim")
        for label, share, aim in (("p50", 0.50, "≤ 1.5"), ("p99", 0.99, "")):
            ours, alone = _at(result.quotes, share) * 1000, _at(result.alone, share) * 1000
            table.add_row(label, f"{ours:.1f}", f"{alone:.1f}", f"{ours / alone:.2f}", aim)
        self._console.print(table)

    def adjusts(self, result: AdjustRun) -> None:
        """Print agencies that adjusted at once beside the pace that Stripe allows."""
        table = _table(f"{result.agencies:,} agencies adjust at once", "ours", "Stripe's pace", "ours ÷ pace")
        for what, ours, most in (
            ("requests to Stripe a second", result.per_second, STRIPES_PACE),
            ("of those to the busiest endpoint", result.busiest / result.seconds, ENDPOINTS_PACE),
        ):
            table.add_row(what, f"{ours:.0f}", f"{most:.0f}", f"{ours / most:.2f}")
        table.add_row("seconds until the last one's outcome", f"{result.seconds:.1f}", "", "")
        table.add_row(
            "requests for each adjustment", f"{(result.requests - result.rejected) / result.agencies:.1f}", "", ""
        )
        table.add_row("rejected by the rate limit (429), sent again", f"{result.rejected:,}", "", "")
        given = [quote for quote in result.quotes if quote < math.inf]
        table.add_row("quotes of another agency meanwhile, failed", f"{len(result.quotes) - len(given)}", "", "")
        for label, share in (("p50", 0.50), ("slowest", 1.0)) if given else ():
            table.add_row(f"seconds of those given, {label}", f"{_at(given, share):.1f}", "", "")
        self._console.print(table)

    def show(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table with a part's rows; the first column names the row."""
        table = _table(title, *columns)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    async def machine(self, world: BenchWorld) -> None:
        """Print the machine and the versions."""
        self._console.print(await _machine(world), highlight=False)

    def _cpu(self, side: str, burst: Measured) -> None:
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
    """Return the time that this share did not exceed."""
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
    match = re.search(r"kafka-clients:([\d.]+)", lock.read_text())
    return match[1] if match else "of unknown version"


def _processor() -> str:
    match = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    return match[1] if match else platform.machine()
