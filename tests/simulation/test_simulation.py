"""The whole system through whatever can happen to it, from a seed. `make soak` runs as many as one likes."""

from __future__ import annotations

import pytest

from tests.simulation.run import Simulation
from tests.simulation.system import System

SEEDS = 4


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_nothing_is_lost_and_nothing_doubled_whatever_happens(system: System, seed: int) -> None:
    """INVARIANT: whoever dies, whatever is lost, late or doubled: all that `invariants.py` and `books.py` say."""
    outcome = await Simulation(system, seed).run()
    if outcome.violation is not None:
        pytest.fail(f"seed {seed}: {outcome.violation}\n" + "\n".join(outcome.trace[-40:]))
