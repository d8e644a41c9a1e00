"""The tables of steadiness: one agency stuck at Stripe, a burst at a full agency, and growth over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

from bench.behind import Side
from bench.driver import Run
from bench.flat import KEPT, Flat, Table, gained
from bench.report import Report
from bench.runs import Idle
from bench.stuck import PACING_SECONDS, FullBurst, Stuck

IDLE_MEGABYTES, IDLE_PERCENT = 300, 3
_SMALL = 1_000_000
"""Bytes; the size of a smaller table may double without meaning anything."""


def show_stuck(report: Report, result: Stuck) -> None:
    """Print the others' first logins before, while and after one agency was stuck."""
    rows = []
    for what, kind in (("seats free", "free"), ("full, buying in 100 ms", "buyers")):
        before, during, after = (
            [getattr(phase, kind) for phase in phases] for phases in (result.before, result.during, result.after)
        )
        for label, share in (("p50", 0.50), ("p99", 0.99)):
            was, meanwhile, then = (_at(runs, share) * 1000 for runs in (before, during, after))
            aim = "≤ 1.2" if label == "p99" else ""
            cells = [f"{figure:.1f}" for figure in (was, meanwhile, then)]
            rows.append([f"{what}, {label} ms", *cells, f"{meanwhile / was:.2f}", f"{then / was:.2f}", aim])
    count = sum(len(phase.free.latencies) + len(phase.buyers.latencies) for phase in result.during)
    report.show(
        f"{count:,} first logins beside an agency stuck at Stripe for {result.stuck_seconds:.0f} s",
        ("before", "meanwhile", "after", "meanwhile ÷ before", "after ÷ before", "aim of meanwhile"),
        rows,
    )


def show_behind(report: Report, sides: Sequence[tuple[Side, Side]]) -> None:
    """Print how long a backlog of one agency took beside one of 1,000 agencies, and the other agencies meanwhile."""
    rows = []
    figures: tuple[tuple[str, Callable[[Side], float], str], ...] = (
        ("seconds until the backlog is decided", lambda side: side.seconds, "≤ 1.5"),
        ("other agencies' messages meanwhile, p99 ms", lambda side: side.others_p99 * 1000, "≤ 1.2"),
    )
    for what, figure, aim in figures:
        one, many = (median(figure(pair[side]) for pair in sides) for side in (0, 1))
        rows.append([what, f"{one:,.1f}", f"{many:,.1f}", f"{one / many:.2f}", aim])
    report.show(
        f"A service catches up with {sides[0][0].messages:,} messages",
        ("", "of one agency", "of 1,000", "ratio", "aim"),
        rows,
    )


def show_full_bursts(report: Report, bursts: Sequence[FullBurst]) -> None:
    """Print the updates and the seconds of a burst at a full agency, beside what Stripe and the pacing take of them."""
    response_seconds = bursts[0].milliseconds / 1000
    least = 2 * response_seconds + PACING_SECONDS
    count = len(bursts[0].run.latencies)
    last = median(burst.run.seconds for burst in bursts)
    rows = [
        ["updates at Stripe, the most", f"{max(burst.updates for burst in bursts)}", "1", "", "≤ 3"],
        [
            "seconds until the last is Active (two responses and the gap)",
            f"{last:.2f}",
            f"{least:.2f}",
            f"{last / least:.2f}",
            "≤ 1",
        ],
        [
            "  with a reading of the subscription before each update",
            f"{last:.2f}",
            f"{least + 2 * response_seconds:.2f}",
            f"{last / (least + 2 * response_seconds):.2f}",
            "",
        ],
    ]
    title = (
        f"A burst of {count} at one full agency, Stripe responding in {response_seconds * 1000:g} ms"
        f" (median of {len(bursts)})"
    )
    report.show(title, ("ours", "at least", "ours ÷ least", "aim"), rows)


def show_idle(report: Report, rest: Idle) -> None:
    """Print each process at rest, beside the aim for all five."""
    rows = [[name, f"{rest.megabytes[name]:.1f}", f"{rest.share[name] * 100:.2f}"] for name in rest.megabytes]
    megabytes, share = sum(rest.megabytes.values()), sum(rest.share.values()) * 100
    rows.append(["together", f"{megabytes:.1f}", f"{share:.2f}"])
    rows.append(["aim", f"≤ {IDLE_MEGABYTES}", f"≤ {IDLE_PERCENT}"])
    rows.append(["together ÷ aim", f"{megabytes / IDLE_MEGABYTES:.2f}", f"{share / IDLE_PERCENT:.2f}"])
    report.show("The five at rest", ("MB (PSS)", "% of a core"), rows)


def show_flat(report: Report, flat: Flat) -> None:
    """Print each process and each table before and after, and the latency."""
    before, after = flat.before, flat.after
    handled = after.handled - before.handled
    then, now = before.idle, after.idle
    rows = [
        [f"{process}, MB (PSS)", *_pair(then.megabytes[process], now.megabytes[process], ".1f")]
        for process in then.megabytes
    ]
    rows.append(["together", *_pair(sum(then.megabytes.values()), sum(now.megabytes.values()), ".1f")])
    rows += [
        [f"{process} idle, % of a core", *_pair(then.share[process] * 100, now.share[process] * 100, ".2f")]
        for process in then.share
    ]
    rows.append(["together", *_pair(sum(then.share.values()) * 100, sum(now.share.values()) * 100, ".2f")])
    for rate, run in before.steady.items():
        for label, share in (("p50", 0.50), ("p99", 0.99)):
            early, late = run.percentile(share) * 1000, after.steady[rate].percentile(share) * 1000
            rows.append([f"first login at {rate:g}/s, {label} ms", *_pair(early, late, ".1f")])
    first, *_, last = (run.rate() for run in flat.bursts)
    rows.append(["burst, logins/s: the first, the last", *_pair(first, last, ",.0f")])
    title = f"Before and after {handled:,.0f} messages"
    report.show(title, ("before", "after", "after ÷ before"), rows)
    series = "  ".join(f"{figure:.1f}" for figure in flat.memory)
    report.step(f"memory of the five after each burst, MB: {series}")
    more = gained(flat)
    _tables(report, "Tables with as many rows as before", [table for table in more if more[table] == 0], flat)
    _tables(report, "Tables with other rows than before", [table for table in more if more[table] != 0], flat)


def _tables(report: Report, title: str, names: Sequence[str], flat: Flat) -> None:
    rows = []
    for name in names:
        then, now = flat.before.tables[name], flat.after.tables[name]
        if now.rows == then.rows and max(now.size, then.size) < _SMALL and now.size == then.size:
            continue
        sizes = _pair(then.size / 1e6, now.size / 1e6, ".2f")
        rows.append([name, f"{then.rows:,}", f"{now.rows:,}", *sizes, _each(then), _each(now), KEPT.get(name, "")])
    columns = ("rows before", "rows after", "MB before", "MB after", "after ÷ before", "B a row", "B a row", "a row is")
    report.show(title, columns, rows)


def _each(table: Table) -> str:
    return f"{table.size / table.rows:.0f}" if table.rows else ""


def _pair(before: float, after: float, how: str) -> list[str]:
    return [format(before, how), format(after, how), f"{after / before:.2f}" if before else ""]


def _at(runs: Sequence[Run], share: float) -> float:
    """Return the latency that this share of these runs' logins did not exceed, in seconds."""
    ranked = sorted(latency for run in runs for latency in run.latencies)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
