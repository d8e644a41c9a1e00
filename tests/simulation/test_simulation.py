"""The whole system through whatever can happen to it, from a seed. `make soak` runs as many as one likes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

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


async def test_a_seed_is_the_same_story_in_another_process_of_a_busy_machine(system: System) -> None:
    """INVARIANT: a seed is all that a story hangs on: not the machine, not what ran before, not how Python hashes."""
    here = await Simulation(system, SEEDS).run()
    busy = await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass")
    try:
        there = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.simulation", "--seed", str(SEEDS),
            env={**os.environ, "PYTHONHASHSEED": "1"}, stdout=subprocess.PIPE,
        )  # fmt: skip
        told, _ = await there.communicate()
    finally:
        busy.kill()
        await busy.wait()
    assert told.decode().rstrip().endswith(f"story {here.fingerprint}"), told.decode()[-2000:]
