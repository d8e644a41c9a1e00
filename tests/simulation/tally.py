"""The sums of a run of many seeds, and the report at its end, or when Ctrl-C ends it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.reach import (
    ENOUGH,
    PER_SEEDS,
    UNREACHABLE,
    reached_after_all,
    reached_too_rarely,
    unreachable,
)


@dataclass
class Tally:
    """What a run of so many seeds has shown so far."""

    seeds: int
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    violations: list[Mapping[str, Any]] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, line: Mapping[str, Any]) -> str:
        """Add a seed's outcome; return a line that says how far the run is."""
        self.done += 1
        self.reached.update(line["reached"])
        self.counts.update(line["counts"])
        rate = self.done / (time.monotonic() - self.began)
        if line["violation"]:
            self.violations.append(line)
        found = f"\nseed {line['seed']}: {line['why']}\n" if line["violation"] else ""
        return f"{found}\r{self.done} of {self.seeds} seeds, {rate:.1f} a second, {len(self.violations)} violated"

    @property
    def surprises(self) -> dict[str, int]:
        """The names that have occurred although `UNREACHABLE` has a reason why they cannot."""
        return reached_after_all(self.reached)

    def is_clean(self) -> bool:
        """Whether all seeds ran and nothing is wrong."""
        return self.done == self.seeds and not self.violations and not self.surprises

    def report(self) -> Iterator[str]:
        """What the seeds have shown, in lines."""
        counts = ", ".join(f"{count} {name}" for name, count in self.counts.items())
        yield f"{self.done} seeds in {time.monotonic() - self.began:.0f} s: {counts}"
        yield ", ".join(f"{count} {name}" for name, count in sorted(self.reached.items()))
        yield "Not expected, by nature:"
        yield from (f"  {line}" for line in unreachable())
        if rare := reached_too_rarely(self.reached, self.done):
            listed = ", ".join(f"{count} {name}" for name, count in rare.items())
            yield f"Below {ENOUGH} in {PER_SEEDS} seeds: {listed}."
        for name, count in self.surprises.items():
            yield f"{name} occurred {count} times, but reach.py calls it unreachable: {UNREACHABLE[name]}"
        if self.done < self.seeds:
            yield "Not all seeds ran."
        for line in self.violations:
            yield f"seed {line['seed']}: {line['why']}    (python -m tests.simulation --seed {line['seed']})"
