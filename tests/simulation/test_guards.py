"""INVARIANT: each guard's schedule is clean with the guard, and violates a named invariant without it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.guard import Guard
from tests.simulation.guards import GUARDS
from tests.simulation.schedules import SCHEDULES, run_schedule
from tests.simulation.system import System
from tests.support.databases import Databases
from tests.support.migrated import migrate_all


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.name)
async def test_a_guards_schedule_is_clean_with_the_guard_and_violates_an_invariant_without_it(
    guard: Guard, system: System, databases: Databases, tmp_path: Path
) -> None:
    with_it = await run_schedule(system, guard.name)
    assert with_it.violation is None, "\n".join(with_it.trace[-40:])
    database = await databases.fresh(await databases.template("services", migrate_all))
    copy = guard.remove_from(tmp_path)
    without = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.simulation", "--work", database, "--schedule", guard.name,
        cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, stdout=subprocess.PIPE,
    )  # fmt: skip
    output, _ = await without.communicate()
    await databases.drop(database)
    result = json.loads(output)
    assert result["violation"] in guard.finds, result["why"]


def test_every_guard_has_a_schedule() -> None:
    assert set(SCHEDULES) == {guard.name for guard in GUARDS}
