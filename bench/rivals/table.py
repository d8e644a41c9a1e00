"""The table of the match."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bench.report import Report
from bench.rivals.part import SideResult


def show(report: Report, sides: Sequence[SideResult]) -> None:
    """Print ours and the rivals in one kind of burst; the aim is five times each."""
    if not sides:
        return
    ours = sides[0]
    count = len(ours.runs[0].latencies)
    bought = median(ours.updates)
    seats = "at full agencies, Auto-Add ON" if bought else "where seats are free"
    rows = []
    for side in sides:
        rates = sorted(run.rate() for run in side.runs)
        by_concurrency = "  ".join(f"{concurrency}: {rate:.0f}" for concurrency, rate in side.by_concurrency.items())
        milliseconds = median(side.cpu) / count * 1000
        rows.append(
            [
                side.name if side is ours else f"{side.name}, {side.best()} at once",
                f"{side.rate():,.0f} ({rates[0]:,.0f}-{rates[-1]:,.0f})",
                "" if side is ours else f"{ours.rate() / side.rate():.2f}",
                by_concurrency,
                f"{milliseconds:.2f}",
                f"{median(side.updates):,.0f}",
            ]
        )
    columns = ("logins/s (range)", "ours ÷ rival", "/s at 1, 8, 32 at once", "CPU ms a login", "updates at Stripe")
    title = f"A burst of {count:,} first logins {seats}, median of {len(ours.runs)} (aim: ours ≥ 5 times each)"
    report.show(title, columns, rows)
