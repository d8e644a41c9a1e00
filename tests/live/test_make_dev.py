"""What `make dev` starts: the whole system, with a demo agency in it, until it is told to stop."""

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
INVITED = "ida.novak@elsewhere.example"
WANTED_PORTS = (8000, 8025, 8420)


class Dev:
    """One `python -m deploy.local` with a state folder of its own."""

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
    """The ids of the mails with a code that an address got."""
    async with httpx.AsyncClient(trust_env=False) as client:
        mails = (await client.get(f"{endpoints['mailbox']}/email")).json()
    mine = [mail for mail in mails if mail["to"][0]["address"] == address]
    return [mail["id"] for mail in mine if "sign-in code" in mail["subject"]]


async def membership(endpoints: dict[str, str]) -> list[Any]:
    """Somebody's whole membership, on the real bus: invited, in, on another seat, gone. What each step answered."""
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
            mine = [mail["text"] for mail in mails if mail["to"][0]["address"] == INVITED]
            token.extend(re.findall(r"/invite/([\w-]+)", " ".join(mine)))
            return bool(token)

        await until(mailed, still_alive=lambda: None, seconds=30)
        accepted = (await ida.post("/invitations/accept", json={"token": token[0]})).json()
        full = (await admin.patch(f"/members/{invited['id']}", json={"seatType": "voice"})).json()
        # Sam holds one of the Voice seats, which are full until he is removed.
        [sam] = (await admin.get("/members", params={"q": FIRST_CLINICIAN})).json()["items"]
        gone = await admin.delete(f"/members/{sam['id']}")
        swapped = (await admin.patch(f"/members/{invited['id']}", json={"seatType": "voice"})).json()
        seen = (await ida.get("/me")).json()
        removed = await admin.delete(f"/members/{invited['id']}")
        after = await ida.get("/me")
        seats = (await admin.get("/seats")).json()
        return [
            invited["status"],
            accepted["member"]["status"],
            full["code"],
            gone.status_code,
            swapped["planType"],
            seen["member"]["planType"],
            removed.status_code,
            after.status_code,
            [seats[seat]["active"] for seat in ("base", "voice")],
            [seats[seat]["purchased"] for seat in ("base", "voice")],
        ]


@dataclass(frozen=True)
class Life:
    """What was seen of one start, from when it was up to when it was over."""

    endpoints: dict[str, str]
    endpoints_mode: int
    codes: list[str]
    admins: dict[str, Any]
    history: dict[str, Any]
    membership: list[Any]
    readiness: dict[str, Any]
    programs: int
    exit_code: int
    left: list[psutil.Process]
    endpoints_left: bool
    output: str


async def live(folder: Path, end: Callable[[Dev], None], *, use: bool = False) -> Life:
    async with dev_in(folder) as dev:
        programs = dev.programs()
        endpoints = dev.endpoints()
        mode = stat.S_IMODE(dev.endpoints_file.stat().st_mode)
        codes = await codes_mailed_to(endpoints, FIRST_CLINICIAN)
        async with httpx.AsyncClient(base_url=endpoints["gateway"], trust_env=False) as client:
            readiness = (await client.get("/readyz")).json()
            bearer = {"Authorization": f"Bearer {endpoints['apiKey']}"}
            admins = (await client.get("/api/v1/me", headers=bearer)).json()
            history = {
                name: (await client.get(f"/api/v1/{path}", headers=bearer)).json()
                for name, path in (
                    ("log", "activity?limit=200"),
                    ("days", "seats/history?days=90"),
                    ("invoices", "billing/invoices"),
                )
            }
        went = await membership(endpoints) if use else []
        end(dev)
        code = await dev.ended()
        _, left = await asyncio.to_thread(psutil.wait_procs, programs, 30)
        there = dev.endpoints_file.exists()
        return Life(
            *(endpoints, mode, codes, admins, history, went, readiness, len(programs)),
            *(code, left, there, dev.output.read_text()),
        )


def ctrl_c(dev: Dev) -> None:
    dev.process.send_signal(signal.SIGINT)


def sigkill(dev: Dev) -> None:
    dev.process.kill()


def death_of_seats(dev: Dev) -> None:
    dev.service("seats").kill()


@pytest.fixture(scope="module")
def folder(servers_folder: Path) -> Path:
    """The state that three lives share, one after the other."""
    made = servers_folder / "dev"
    made.mkdir()
    # What was downloaded once is not downloaded for each test.
    (made / "downloads").symlink_to(downloads_folder())
    return made


@pytest.fixture(scope="module")
async def first(folder: Path) -> Life:
    """The first start, with all its wanted ports taken, ended by Ctrl-C."""
    takers = []
    for port in WANTED_PORTS:
        # Somebody on this machine who has it already serves as well.
        with contextlib.suppress(OSError):
            takers.append(await asyncio.start_server(lambda _reader, _writer: None, LOOPBACK, port))
    try:
        return await live(folder, ctrl_c, use=True)
    finally:
        for taker in takers:
            taker.close()


@pytest.fixture(scope="module")
async def second(folder: Path, first: Life) -> Life:
    """The second start on the same state, in which a service dies."""
    return await live(folder, death_of_seats)


@pytest.fixture(scope="module")
async def third(folder: Path, second: Life) -> Life:
    """The third start, ended as by the out-of-memory killer."""
    return await live(folder, sigkill)


def test_it_ends_with_everything_ready_and_its_addresses_in_a_private_file(first: Life) -> None:
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


def test_the_demo_agency_has_a_clinician_who_logged_in_for_the_first_time(first: Life) -> None:
    assert len(first.codes) == 1


def test_the_demo_agencys_baa_is_signed_and_its_admins_key_opens_the_api(first: Life, second: Life) -> None:
    for life in (first, second):
        assert life.admins["agency"]["baaSigned"] is True
        assert (life.admins["member"]["email"], life.admins["member"]["role"]) == (
            first.endpoints["adminEmail"],
            "admin",
        )
    assert second.endpoints["apiKey"] == first.endpoints["apiKey"]


def test_the_demo_agency_has_eleven_weeks_behind_it_as_the_log_the_chart_and_stripe_agree(first: Life) -> None:
    log = [(datetime.fromisoformat(line["at"]), line["sentence"]) for line in first.history["log"]["items"]]
    moments = [at for at, _ in log]
    # The log is in the order in which the gateway heard: two services' events of one second may have passed each other.
    assert all(newer > older - timedelta(seconds=5) for newer, older in pairwise(moments))
    assert (moments[0].date() - moments[-1].date()).days == 77
    assert abs((datetime.now(UTC) - moments[0]).total_seconds()) < 3600, "told to its end, it is today"
    days = first.history["days"]["days"]
    assert len(days) == 78
    assert (days[0]["base"], days[-1]["base"]) == ({"purchased": 4, "active": 1}, {"purchased": 7, "active": 6})
    # What the log says of an invoice stands on the day that Stripe dated it: also of the two renewals.
    told = {at.date() for at, sentence in log if "invoice" in sentence.lower()}
    dated = {datetime.fromisoformat(one["date"]).date() for one in first.history["invoices"]["items"]}
    assert told == dated
    assert len([sentence for _, sentence in log if sentence.endswith("was paid")]) == 2


def test_on_the_real_bus_somebody_is_invited_accepts_is_given_another_seat_and_removed(first: Life) -> None:
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


def test_a_port_that_is_taken_moves_to_a_free_one(first: Life) -> None:
    ports = {int(first.endpoints[name].rsplit(":", 1)[1]) for name in ("gateway", "mailbox", "stripe")}
    assert not ports & set(WANTED_PORTS)


def test_ctrl_c_ends_every_process_it_started_and_takes_the_addresses_back(first: Life) -> None:
    assert first.programs >= 9
    assert first.left == []
    assert not first.endpoints_left
    assert first.exit_code == 0


def test_a_second_start_finds_what_the_first_one_left_and_seeds_nothing_twice(first: Life, second: Life) -> None:
    assert second.codes == first.codes
    assert second.endpoints["operatorKey"] == first.endpoints["operatorKey"]


def test_a_service_that_dies_is_named_and_ends_everything_with_a_failure(second: Life) -> None:
    assert "The service seats ended (SIGKILL)" in second.output
    assert second.exit_code == 1
    assert second.left == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a leash")
def test_even_killed_it_leaves_no_process_behind(third: Life) -> None:
    assert third.exit_code == -signal.SIGKILL
    assert third.left == []
