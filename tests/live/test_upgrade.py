"""The services of the last release run beside this one's: the promise of "Upgrades" in docs/operations.md."""

import sys
from pathlib import Path

import pytest

from deploy.local.paths import REPOSITORY
from deploy.local.programs import Program
from tests.faults.release import last_released, source_of

pytestmark = [pytest.mark.live, pytest.mark.slow]
PEOPLE = ("--people", "60", "--agencies", "5", "--rounds", "1")


async def test_the_last_release_runs_beside_this_one_while_people_come_and_processes_die(tmp_path: Path) -> None:
    released = last_released()
    if released is None:
        pytest.skip("This clone has no tag of a release: make upgrade-check FROM=<commit>")
    command = [sys.executable, "-m", "tests.faults", "--beside", released, *PEOPLE]
    await Program("The run beside the last release", command, log=tmp_path / "faults.log", folder=REPOSITORY).run()


def test_a_revision_that_the_clone_does_not_have_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="This clone has no revision v0"):
        source_of("v0.0.0-never", tmp_path)
