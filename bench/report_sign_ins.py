"""The tables of sign-ins over HTTP and of replicas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.replicas import COMMIT_MICROSECONDS, SCALED, Scaled
from bench.report import Report
from bench.runs import Measured
from bench.sign_ins import SignIns


def show_sign_ins(report: Report, by_rate: Mapping[float, tuple[SignIns, SignIns]]) -> None:
    """Print the whole first login over HTTP, beside the honest monolith's."""
    rows = []
    for rate, (ours, theirs) in by_rate.items():
        count = len(ours.run.latencies)
        for label, share in (("p50", 0.50), ("p99", 0.99)):
            mine, other = (side.run.percentile(share) * 1000 for side in (ours, theirs))
            rows.append([f"{rate:g}/s, {label} ms", f"{mine:.1f}", f"{other:.1f}", f"{mine / other:.2f}"])
        mine, other = (side.cpu / count * 1000 for side in (ours, theirs))
        rows.append([f"{rate:g}/s, CPU ms a login", f"{mine:.2f}", f"{other:.2f}", f"{mine / other:.2f}"])
    report.show("POST /sessions until its 201", ("ours", "honest monolith", "ours ÷ monolith"), rows)


def show_replicas(report: Report, results: Sequence[Scaled]) -> None:
    """Print throughput by replicas of members and seats, and how long a rebalance held logins up."""
    rows = []
    for result in results:
        slowest = "" if result.joining is None else f"{max(result.joining.latencies) * 1000:,.0f}"
        typical = "" if result.joining is None else f"{result.joining.percentile(0.5) * 1000:.0f}"
        rows.append(
            [
                f"{result.replicas} of each",
                f"{result.burst.run.rate():,.0f}",
                f"{result.burst.run.rate() / result.replicas:,.0f}",
                f"{_cpu(result.burst):.0f}",
                f"{result.delayed.run.rate():,.0f}",
                typical,
                slowest,
            ]
        )
    columns = (
        "burst, logins/s",
        "a replica",
        f"CPU µs a login of {' and '.join(SCALED)}",
        f"burst with {COMMIT_MICROSECONDS / 1000:g} ms a flush",
        "p50 ms while one more joins",
        "slowest ms",
    )
    report.show("Replicas of members and seats; every login has its outcome and its seat", columns, rows)


def _cpu(measured: Measured) -> float:
    spent = sum(seconds for name, seconds in measured.cpu.items() if name.split("-")[0] in SCALED)
    return spent / len(measured.run.latencies) * 1e6
