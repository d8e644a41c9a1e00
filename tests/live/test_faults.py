"""The short form of `make faults`: two replicas of each service, real Kafka and Postgres, each kind of fault once.

Nothing may be lost, doubled, oversold or mailed twice. The last test shows that the judge detects each of these.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from deploy.local.progress import StartupProgress
from tests.faults.__main__ import SETTINGS
from tests.faults.fleet import Fleet
from tests.faults.judge import COLUMNS, Judge, Sampler, Verdicts, kind_of
from tests.faults.loss import LossCheck
from tests.faults.rows import SHORT
from tests.faults.run import Plan, Run, RunResult

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.alone]


@dataclass(frozen=True)
class FinishedRun:
    """A finished run, and the fleet that still runs."""

    fleet: Fleet
    run: Run
    result: RunResult


@pytest.fixture(scope="module")
async def finished(servers_folder: Path) -> AsyncIterator[FinishedRun]:
    patch = pytest.MonkeyPatch()
    for name, value in SETTINGS.items():
        patch.setenv(name, value)
    folder = servers_folder / "faults"
    folder.mkdir()
    fleet = Fleet(folder)
    try:
        await fleet.up(StartupProgress(Console(quiet=True)))
        run = Run(fleet, Plan(people=150, agencies=10, faults=SHORT), lambda _: None)
        yield FinishedRun(fleet, run, await run.run())
    finally:
        await fleet.down()
        patch.undo()


async def test_nothing_is_lost_doubled_oversold_or_mailed_twice(finished: FinishedRun) -> None:
    assert finished.result.people == 150
    assert finished.result.samples > len(SHORT)
    assert finished.result.verdicts.clean, "\n".join((finished.result.table(), *finished.result.verdicts.findings))
    assert finished.result.faulty == []


async def test_a_lost_bus_and_a_lost_gateway_are_rebuilt_row_by_row_without_a_mail_or_a_charge(
    finished: FinishedRun,
) -> None:
    loss = LossCheck(finished.fleet, lambda _: None)
    await loss.bus()
    await loss.gateway()
    assert loss.same, "\n".join(loss.lines)


async def test_the_judge_detects_what_is_lost_doubled_oversold_mailed_twice_and_resent(finished: FinishedRun) -> None:
    """Run last, because this test spoils the evidence."""
    fleet, verdicts = finished.fleet, Verdicts()
    async with fleet.db() as db:
        await db.execute("UPDATE gateway.members SET status = 'pending_login' WHERE email = 'c3@a1.example'")
        await db.execute(
            "UPDATE gateway.agencies SET active_base = 1000 WHERE domain = 'a2.example' AND active_base < 1000"
        )
        buys = await db.fetchval(
            "SELECT subscription_id FROM billing.accounts JOIN gateway.agencies USING (agency_id) WHERE domain = $1",
            "a0.example",
        )
    subscription = await fleet.stripe(f"/v1/subscriptions/{buys}")
    form = {"items[0][id]": subscription["items"]["data"][0]["id"], "items[0][quantity]": "1"}
    bearer = {"Authorization": f"Bearer {fleet.keys.stripe_key}", "Idempotency-Key": "once-more"}
    async with httpx.AsyncClient(base_url=fleet.world.stripe.url, headers=bearer, trust_env=False) as client:
        (await client.post(f"/v1/subscriptions/{buys}", data=form)).raise_for_status()
    added = next(mail for mail in fleet.sink.mails if mail.to == "admin@a0.example" and kind_of(mail) == "added")
    fleet.sink.mails += [replace(added, message_id="<another@headcount.localhost>"), added]
    await Sampler(fleet, verdicts).sample()
    await Judge(fleet, finished.run.people, verdicts).judge()
    assert [column for column in COLUMNS if not sum(verdicts.counts[column].values())] == []
    assert not verdicts.clean
