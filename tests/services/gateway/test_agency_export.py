"""All data of an agency in a ZIP of CSV and JSON, sent as it is read."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from uuid import uuid4

from contracts import members as events
from contracts.vocabulary import MemberStatus
from services.gateway.api.zip_stream import zipped
from tests.support.clock import START
from tests.support.gateway_harness import OPERATOR, GatewayHarness

LISTS = ("members", "activity", "invoices")


def opened(body: bytes) -> tuple[zipfile.ZipFile, dict[str, list[dict[str, str]]]]:
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.testzip() is None
    sheets = {
        name: list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode("utf-8-sig"), newline="")))
        for name in LISTS
    }
    return archive, sheets


async def scene(front: GatewayHarness) -> None:
    await front.agency()
    active = await front.signed_up("tom@harbor.example", "Łukasz Active")
    await front.activate(active)
    gone = await front.signed_up("gone@harbor.example", "=Gone")
    await front.handle(events.Removed(member_id=gone, before=MemberStatus.PENDING_LOGIN))


async def test_an_admin_downloads_people_removed_ones_too_and_the_log_as_csv_and_as_json(front: GatewayHarness) -> None:
    await scene(front)
    answer = await (await front.sign_in()).get("/api/v1/agency/export.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="agency-{START:%Y-%m-%d}.zip"'
    archive, sheets = opened(answer.content)
    assert archive.namelist() == ["agency.json", *(f"{name}.{kind}" for name in LISTS for kind in ("csv", "json"))]
    assert json.loads(archive.read("agency.json"))["id"] == str(front.agency_id)
    names = {row["name"]: row["status"] for row in sheets["members"]}
    assert names["Łukasz Active"] == "active"
    assert names["'=Gone"] == "removed"
    for name in LISTS:
        rows = json.loads(archive.read(f"{name}.json"))
        assert len(rows) == len(sheets[name])
        assert all(set(row) == set(sheet) for row, sheet in zip(rows, sheets[name], strict=True))
    people = json.loads(archive.read("members.json"))
    assert {"=Gone", "Łukasz Active"} <= {row["name"] for row in people}
    assert sheets["activity"]


async def test_the_operator_exports_any_agency_and_an_unknown_one_is_not_found(front: GatewayHarness) -> None:
    await scene(front)
    operator = front.browser()
    operator.headers["Authorization"] = f"Bearer {OPERATOR}"
    answer = await operator.get(f"/api/v1/agencies/{front.agency_id}/export.zip")
    assert len(opened(answer.content)[1]["members"]) == 3
    assert (await operator.get(f"/api/v1/agencies/{uuid4()}/export.zip")).status_code == 404


async def test_an_archive_is_sent_while_it_is_read_and_not_kept() -> None:
    read = 0

    async def pieces() -> AsyncIterator[str]:
        nonlocal read
        for number in range(200):
            read += 1
            yield "".join(str(hash((number, n))) for n in range(2000))

    sent_at = [read async for _ in zipped([("rows.txt", pieces())], START)]
    assert len(sent_at) > 100
    assert sent_at[10] < 50
