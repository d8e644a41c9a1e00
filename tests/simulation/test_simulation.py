"""The whole system under random faults drawn from a seed. `make soak` runs as many seeds as you like."""

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
async def test_random_faults_lose_nothing_and_double_nothing(system: System, seed: int) -> None:
    """INVARIANT: with processes that die and messages lost, late or doubled, `invariants.py` and `books.py` hold."""
    outcome = await Simulation(system, seed).run()
    if outcome.violation is not None:
        pytest.fail(f"seed {seed}: {outcome.violation}\n" + "\n".join(outcome.trace[-40:]))


async def test_a_seed_gives_the_same_story_in_another_process_on_a_busy_machine(system: System) -> None:
    """INVARIANT: a story depends on its seed alone: not on the machine, on earlier runs, or on Python's hashes."""
    here = await Simulation(system, SEEDS).run()
    busy = await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass")
    try:
        there = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.simulation", "--seed", str(SEEDS),
            env={**os.environ, "PYTHONHASHSEED": "1"}, stdout=subprocess.PIPE,
        )  # fmt: skip
        output, _ = await there.communicate()
    finally:
        busy.kill()
        await busy.wait()
    assert output.decode().rstrip().endswith(f"story {here.fingerprint}"), output.decode()[-2000:]
