"""The operator's commands for an agency: `agency add-admin` when its only admin is gone, and `agency export`."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest
from typer.testing import CliRunner, Result

from services.cli.commands import app
from tests.support.journey import OPERATOR, Journey, text_of
from tests.support.site import site_on

EVE = "eve@elsewhere.example"


@pytest.fixture
async def site(migrated: str) -> AsyncIterator[Journey]:
    """The whole system, behind a port that a command can reach."""
    async with site_on(migrated) as served:
        yield served


async def add_admin(site: Journey, agency: str, email: str, *, key: str = OPERATOR, seat: str = "base") -> Result:
    """Run the command as the operator does."""
    arguments = ["agency", "add-admin", "--agency", agency, "--email", email, "--name", "Eve New", "--seat-type", seat]
    environment = {"HEADCOUNT_PUBLIC_URL": site.public, "HEADCOUNT_OPERATOR_KEY": key}
    return await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments, env=environment))


async def test_the_operator_adds_an_admin_to_an_agency_whose_only_admin_is_gone(site: Journey) -> None:
    agency = (await site.open_agency(base=2)).json()["agency"]["id"]
    added = await add_admin(site, agency, EVE)
    assert added.exit_code == 0
    assert added.output == (
        f"{EVE} is invited to Harbor Clinic as an admin. The link in the email is good for 14 days; whoever follows it"
        " takes a Base seat.\n"
    )
    await site.drain()
    [mail] = site.letterbox.to(EVE)
    link = re.search(r"/invite/([\w-]+)", text_of(mail))
    assert link is not None
    eve = site.browser()
    assert (await eve.post("/invitations/accept", {"token": link.group(1)})).json()["member"]["role"] == "admin"
    members = (await eve.get("/members"))["items"]
    assert {member["email"]: member["role"] for member in members} == {"ada@harbor.example": "admin", EVE: "admin"}


async def test_an_active_member_becomes_an_admin_at_once(site: Journey) -> None:
    agency = (await site.open_agency(base=2)).json()["agency"]["id"]
    nia = site.browser()
    await nia.join("nia@harbor.example")
    added = await add_admin(site, agency, "Nia@Harbor.example")
    assert added.output == "Nia@Harbor.example is an Active member of Harbor Clinic, and an admin from now on.\n"
    assert (await nia.ask("GET", "/members")).status_code == httpx.codes.OK


async def test_a_rejection_prints_its_sentence_and_the_command_fails(site: Journey) -> None:
    agency = (await site.open_agency(base=1)).json()["agency"]["id"]
    full = await add_admin(site, agency, EVE)
    assert (full.exit_code, full.output) == (
        1,
        (
            "The only Base seat is taken. Add a Base seat or remove a member who holds one, then try again."
            " Somebody who is Active already can be made an admin without a free seat.\n"
        ),
    )
    none = await add_admin(site, agency, EVE, seat="voice")
    assert none.output.startswith("Your agency has no Voice seat.")
    unknown = await add_admin(site, str(uuid4()), EVE)
    assert (unknown.exit_code, unknown.output.startswith("There is no agency with this id.")) == (1, True)
    wrong = await add_admin(site, agency, "no address")
    assert wrong.output == "email: Write a whole email address, like noor@clinic.example.\n"
    assert wrong.exit_code == 1
    locked = await add_admin(site, agency, EVE, key="not-the-operators-key")
    assert locked.output.endswith("The gateway does not take this HEADCOUNT_OPERATOR_KEY.\n")
    assert site.letterbox.to(EVE) == []


def sizes_in(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in folder.iterdir()}


async def test_the_operator_exports_an_agency_to_a_file_once(site: Journey, tmp_path: Path) -> None:
    agency = (await site.open_agency(base=2)).json()["agency"]["id"]
    file = tmp_path / "harbor.zip"

    async def export(agency: str, key: str = OPERATOR) -> tuple[int, str]:
        arguments = ["agency", "export", "--agency", agency, "--file", str(file)]
        environment = {"HEADCOUNT_PUBLIC_URL": site.public, "HEADCOUNT_OPERATOR_KEY": key}
        ended = await asyncio.to_thread(lambda: CliRunner().invoke(app, arguments, env=environment))
        return ended.exit_code, ended.output.splitlines()[-1]

    assert await export(agency, "a-wrong-key-of-the-operator") == (
        1,
        "The gateway does not take this HEADCOUNT_OPERATOR_KEY.",
    )
    assert (await export(str(uuid4())))[0] == 1
    assert sizes_in(tmp_path) == {}
    code, output = await export(agency)
    assert (code, output) == (0, f"{file}: {sizes_in(tmp_path)[file.name]} bytes.")
    assert json.loads(ZipFile(file).read("agency.json"))["name"] == "Harbor Clinic"
    assert await export(agency) == (2, f"{file} is there already.")
