"""`make dev` runs the whole system with a demo agency, until it is stopped."""

import asyncio
import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.local.paths import REPOSITORY, downloads_folder
from deploy.local.ports import LOOPBACK, until

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.xdist_group("dev")]

START_SECONDS = 240
FIRST_CLINICIAN = "sam.okafor@brightside.example"
INVITED = "ida.novak@practice.example"
PREFERRED_PORTS = (8000, 8025, 8420)


class Dev:
    """A run of `python -m deploy.local` with its own state folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.local"],
                cwd=REPOSITORY,
                env=os.environ | {"HEADCOUNT_LOCAL": str(folder), "HEADCOUNT_SESSION_TIMEOUT": "6"},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def endpoints_file(self) -> Path:
        return self.folder / "endpoints.json"

    def endpoints(self) -> dict[str, str]:
        assert self.endpoints_file.exists(), self.output.read_text()
        read: dict[str, str] = json.loads(self.endpoints_file.read_text())
        return read

    def programs(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def service(self, name: str) -> psutil.Process:
        return next(program for program in self.programs() if program.cmdline()[-2:] == ["run", name])

    async def up(self) -> None:
        async def ready() -> bool:
            return self.endpoints_file.exists()

        await until(ready, still_alive=self.check, seconds=START_SECONDS)

    def check(self) -> None:
        assert self.process.poll() is None, self.output.read_text()

    async def ended(self) -> int:
        return await asyncio.to_thread(self.process.wait, 60)


@asynccontextmanager
async def dev_in(folder: Path) -> AsyncIterator[Dev]:
    dev = Dev(folder)
    try:
        await dev.up()
        yield dev
    finally:
        if dev.process.poll() is None:
            dev.process.send_signal(signal.SIGINT)
            await dev.ended()


async def codes_mailed_to(endpoints: dict[str, str], address: str) -> list[str]:
    """The ids of the mails with a login code to this address."""
    async with httpx.AsyncClient(trust_env=False) as client:
        mails = (await client.get(f"{endpoints['mailbox']}/email")).json()
    mails_to_address = [mail for mail in mails if mail["to"][0]["address"] == address]
    return [mail["id"] for mail in mails_to_address if "sign-in code" in mail["subject"]]


async def membership(endpoints: dict[str, str]) -> list[Any]:
    """The responses of a whole membership on the real bus: invited, Active, on another seat, removed."""
    api = f"{endpoints['gateway']}/api/v1"
    bearer = {"Authorization": f"Bearer {endpoints['apiKey']}"}
    async with (
        httpx.AsyncClient(base_url=api, headers=bearer, trust_env=False, timeout=30) as admin,
        httpx.AsyncClient(base_url=api, headers={"Origin": endpoints["gateway"]}, trust_env=False, timeout=30) as ida,
    ):
        body = {"email": INVITED, "name": "Ida Novak", "seatType": "base", "role": "clinician"}
        invited = (await admin.post("/members", json=body)).json()
        token: list[str] = []

        async def mailed() -> bool:
            mails = (await ida.get(f"{endpoints['mailbox']}/email")).json()
            mails_to_address = [mail["text"] for mail in mails if mail["to"][0]["address"] == INVITED]
            token.extend(re.findall(r"/invite/([\w-]+)", " ".join(mails_to_address)))
            return bool(token)

        await until(mailed, still_alive=lambda: None, seconds=30)
        accepted = (await ida.post("/invitations/accept", json={"token": token[0]})).json()
        rejected_swap = (await admin.patch(f"/members/{invited['id']}", json={"seatType": "voice"})).json()
        # All Voice seats are held; removing Sam frees one of them.
        [sam] = (await admin.get("/members", params={"q": FIRST_CLINICIAN})).json()["items"]
        removed_sam = await admin.delete(f"/members/{sam['id']}")
        swapped = (await admin.patch(f"/members/{invited['id']}", json={"seatType": "voice"})).json()
        swapped_me = (await ida.get("/me")).json()
        removed = await admin.delete(f"/members/{invited['id']}")
        after = await ida.get("/me")
        seats = (await admin.get("/seats")).json()
        return [
            invited["status"],
            accepted["member"]["status"],
            rejected_swap["code"],
            removed_sam.status_code,
            swapped["planType"],
            swapped_me["member"]["planType"],
            removed.status_code,
            after.status_code,
            [seats[seat]["active"] for seat in ("base", "voice")],
            [seats[seat]["purchased"] for seat in ("base", "voice")],
        ]


@dataclass(frozen=True)
class RunRecord:
    """The state of one run, from its start to its end."""

    endpoints: dict[str, str]
    endpoints_mode: int
    codes: list[str]
    admin: dict[str, Any]
    history: dict[str, Any]
    membership: list[Any]
    readiness: dict[str, Any]
    programs: int
    exit_code: int
    processes_left: list[psutil.Process]
    endpoints_left: bool
    output: str


async def record_run(folder: Path, end: Callable[[Dev], None], *, use: bool = False) -> RunRecord:
    async with dev_in(folder) as dev:
        programs = dev.programs()
        endpoints = dev.endpoints()
        mode = stat.S_IMODE(dev.endpoints_file.stat().st_mode)
        codes = await codes_mailed_to(endpoints, FIRST_CLINICIAN)
        async with httpx.AsyncClient(base_url=endpoints["gateway"], trust_env=False) as client:
            readiness = (await client.get(f"{endpoints['gatewayProbes']}/readyz")).json()
            assert (await client.get("/readyz")).status_code == 404
            bearer = {"Authorization": f"Bearer {endpoints['apiKey']}"}
            me = await client.get("/api/v1/me", headers=bearer)
            assert me.status_code == 200, me.text
            admin = me.json()
            history = {
                name: (await client.get(f"/api/v1/{path}", headers=bearer)).json()
                for name, path in (
                    ("log", "activity?limit=200"),
                    ("days", "seats/history?days=90"),
                    ("invoices", "billing/invoices"),
                )
            }
        membership_steps = await membership(endpoints) if use else []
        end(dev)
        code = await dev.ended()
        _, processes_left = await asyncio.to_thread(psutil.wait_procs, programs, 30)
        endpoints_exist = dev.endpoints_file.exists()
        return RunRecord(
            *(endpoints, mode, codes, admin, history, membership_steps, readiness, len(programs)),
            *(code, processes_left, endpoints_exist, dev.output.read_text()),
        )


def press_ctrl_c(dev: Dev) -> None:
    dev.process.send_signal(signal.SIGINT)


def kill(dev: Dev) -> None:
    dev.process.kill()


def kill_seats(dev: Dev) -> None:
    dev.service("seats").kill()


@pytest.fixture(scope="module")
def folder(servers_folder: Path) -> Path:
    """The state folder that three runs share, one after the other."""
    state_folder = servers_folder / "dev"
    state_folder.mkdir()
    # Share the downloads, so that they are not repeated.
    (state_folder / "downloads").symlink_to(downloads_folder())
    return state_folder


@pytest.fixture(scope="module")
async def first(folder: Path) -> RunRecord:
    """The first run, with all its preferred ports taken, ended by Ctrl-C."""
    listeners = []
    for port in PREFERRED_PORTS:
        # The port may be taken already, which serves as well.
        with contextlib.suppress(OSError):
            listeners.append(await asyncio.start_server(lambda _reader, _writer: None, LOOPBACK, port))
    try:
        return await record_run(folder, press_ctrl_c, use=True)
    finally:
        for listener in listeners:
            listener.close()


@pytest.fixture(scope="module")
async def second(folder: Path, first: RunRecord) -> RunRecord:
    """The second run on the same state, in which a service dies."""
    return await record_run(folder, kill_seats)


@pytest.fixture(scope="module")
async def third(folder: Path, second: RunRecord) -> RunRecord:
    """The third run, ended by SIGKILL."""
    return await record_run(folder, kill)


def test_the_start_ends_with_all_services_ready_and_the_addresses_in_a_private_file(first: RunRecord) -> None:
    assert set(first.endpoints) >= {
        "gateway",
        "mailbox",
        "stripe",
        "kafka",
        "postgres",
        "operatorKey",
        "apiKey",
        "adminEmail",
    }
    assert first.endpoints_mode == 0o600
    assert first.readiness["missing"] == []
    assert first.endpoints["gateway"] in first.output


def test_the_demo_agency_has_a_clinician_who_logged_in_for_the_first_time(first: RunRecord) -> None:
    assert len(first.codes) == 1


def test_the_demo_agencys_baa_is_signed_and_its_admins_key_opens_the_api(first: RunRecord, second: RunRecord) -> None:
    for record in (first, second):
        assert record.admin["agency"]["baaSigned"] is True
        assert (record.admin["member"]["email"], record.admin["member"]["role"]) == (
            first.endpoints["adminEmail"],
            "admin",
        )
    assert second.endpoints["apiKey"] == first.endpoints["apiKey"]


def test_the_log_the_chart_and_stripe_agree_on_eleven_weeks_of_the_demo_agency(first: RunRecord) -> None:
    log = [(datetime.fromisoformat(line["at"]), line["sentence"]) for line in first.history["log"]["items"]]
    moments = [at for at, _ in log]
    # The log has the order in which the gateway handled events: those of two services may be swapped within seconds.
    assert all(newer > older - timedelta(seconds=5) for newer, older in pairwise(moments))
    assert (moments[0].date() - moments[-1].date()).days == 77
    assert abs((datetime.now(UTC) - moments[0]).total_seconds()) < 3600, "the history ends today"
    days = first.history["days"]["days"]
    assert len(days) == 78
    assert (days[0]["base"], days[-1]["base"]) == ({"purchased": 4, "active": 1}, {"purchased": 7, "active": 6})
    # The log has each invoice, also of the two renewals, on the day of Stripe's date.
    logged_days = {at.date() for at, sentence in log if "invoice" in sentence.lower()}
    invoice_days = {datetime.fromisoformat(invoice["date"]).date() for invoice in first.history["invoices"]["items"]}
    assert logged_days == invoice_days
    assert len([sentence for _, sentence in log if sentence.endswith("was paid")]) == 2


def test_a_member_is_invited_accepts_swaps_seats_and_is_removed_on_the_real_bus(first: RunRecord) -> None:
    assert first.membership == [
        "invited",
        "active",
        "no_seat_available",
        204,
        "voice",
        "voice",
        204,
        401,
        [6, 5],
        [7, 6],
    ]


def test_a_program_whose_port_is_taken_gets_a_free_port(first: RunRecord) -> None:
    ports = {int(first.endpoints[name].rsplit(":", 1)[1]) for name in ("gateway", "mailbox", "stripe")}
    assert not ports & set(PREFERRED_PORTS)


def test_ctrl_c_ends_every_process_and_deletes_the_addresses(first: RunRecord) -> None:
    assert first.programs >= 9
    assert first.processes_left == []
    assert not first.endpoints_left
    assert first.exit_code == 0


def test_a_second_start_keeps_the_first_ones_state_and_seeds_nothing_twice(first: RunRecord, second: RunRecord) -> None:
    assert second.codes == first.codes
    assert second.endpoints["operatorKey"] == first.endpoints["operatorKey"]


def test_a_service_that_dies_is_named_and_ends_the_run_with_a_failure(second: RunRecord) -> None:
    assert "The service seats ended (SIGKILL)" in second.output
    assert second.exit_code == 1
    assert second.processes_left == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux sends a signal at the parent's death")
def test_a_kill_of_the_run_leaves_no_process_behind(third: RunRecord) -> None:
    assert third.exit_code == -signal.SIGKILL
    assert third.processes_left == []
