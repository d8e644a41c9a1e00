"""The whole system under random faults drawn from a seed. `make soak` runs as many seeds as you like."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from functools import partial

import pytest

from contracts.vocabulary import Service
from tests.simulation.run import Simulation
from tests.simulation.schedule import Schedule
from tests.simulation.system import System

SEEDS = 4


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_random_faults_lose_nothing_and_double_nothing(system: System, seed: int) -> None:
    """INVARIANT: with processes that die and messages lost, late or doubled, `invariants.py` and `books.py` hold."""
    outcome = await Simulation(system, seed).run()
    if outcome.violation is not None:
        pytest.fail(f"seed {seed}: {outcome.violation}\n" + "\n".join(outcome.trace[-40:]))


async def _a_turn_rests(story: Schedule) -> None:
    await story.open_agency(2)
    nia = await story.sign_up("nia")
    await story.request_and_drain(partial(story._people.request_code, nia))
    handling = [f"{service}/{index} handles" for service in Service for index in (0, 1)]
    await story.request_and_drain(partial(story._people.enter_code, nia), but=handling)
    reader = next(replica for replica in story.system.of(Service.MEMBERS) if replica.consumer.behind())
    turn = await story.run_turn(f"{reader.name} handles", rests_at="loaded")
    await story._pass(620.0)
    assert turn.resting
    await story._pass(3600.0)
    assert not turn.resting
    await story.drain()


async def test_no_turn_rests_while_hours_pass(system: System) -> None:
    """In seed 20034 somebody waited for 26 hours, because the turn that ends the wait rested for a day."""
    outcome = await Schedule(system, _a_turn_rests).run()
    assert outcome.violation is None, outcome.violation


async def _a_due_task_rests(story: Schedule) -> None:
    await story.open_agency(2)
    [subscription] = story.system.stripe.subscriptions()
    story.system.stripe.edit(subscription["id"], 4, 0)
    tasks = ("billing/0 runs a task", "billing/1 runs a task")
    for event in story.system.stripe.undelivered:
        await story.request_and_drain(partial(story._deliver, event), but=tasks)
    await story._pass(2.0)
    before = story.system.clock()
    assert not await story._pass_until_soon()
    assert story.system.clock() == before
    story.system.stripe.undelivered.clear()
    await story.drain()


async def test_no_time_passes_for_a_task_that_is_due_already(system: System) -> None:
    """A plot worked off nothing in all its rounds, because each round waited for the same task."""
    outcome = await Schedule(system, _a_due_task_rests).run()
    assert outcome.violation is None, outcome.violation


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
