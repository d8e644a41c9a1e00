"""The fault rates of one seed, and its outcome."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, fields
from random import Random

from tests.simulation.invariants import Violation


@dataclass
class Outcome:
    """The outcome of a seed."""

    seed: int
    seconds: float = 0.0
    violation: Violation | None = None
    trace: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    """How often each name of `reach.py` occurred."""
    responses: Counter[str] = field(default_factory=Counter)
    messages: list[str] = field(default_factory=list)
    """Every message that was published: sender, type, and id."""

    @property
    def fingerprint(self) -> str:
        """A hash of the trace and the messages."""
        return hashlib.sha256("\n".join((*self.trace, *self.messages)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class FaultRates:
    """The fault rates of one seed. Each kind of fault is absent from some seeds, so that none hides another."""

    crashes: float
    rests: float
    bus: float
    stripe: float
    mail: float
    again: float
    rebalances: float
    silence: float
    webhooks_lost: float
    slow: float
    hiring: float
    invoices: float
    dashboard: float
    renewals: float
    plots: float
    patience: float
    """How often a pause lasts for minutes or hours."""
    losses: float
    """How often the bus deletes records, whether they have been read or not."""

    @staticmethod
    def of(rng: Random) -> FaultRates:
        """Draw the rates."""

        def often(most: float, left_out: float = 0.35) -> float:
            return 0.0 if rng.random() < left_out else most * rng.random()

        return FaultRates(
            crashes=often(0.08),
            rests=often(0.5),
            bus=often(0.15),
            stripe=often(0.35),
            mail=often(0.2),
            again=often(0.06),
            rebalances=often(0.06),
            silence=often(0.02, 0.6),
            webhooks_lost=often(0.5),
            slow=often(0.8, 0.4),
            hiring=often(1.0, 0.4),
            invoices=often(1.0, 0.8),
            dashboard=often(0.12, 0.3),
            renewals=often(0.02, 0.5),
            plots=often(0.2, 0.05),
            patience=often(0.3, 0.5),
            losses=often(0.01, 0.6),
        )


CALM = FaultRates(*[0.0] * len(fields(FaultRates)))
