"""What a page of a large agency's members costs over HTTP, beside the bare query and its serialization."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import orjson

from bench.clinic import Clinic
from bench.http import Connection
from contracts.vocabulary import DEFAULT_LOCALE
from services.gateway.store.listed_names import sort_key

_ASSET = re.compile(r'"(/static/[^"]+)"')
_IMPORT = re.compile(r'"\./([\w-]+\.[0-9a-f]+\.js)"')
_BARE = """
SELECT member_id, email, name, status, blocked_reason, role, seat_type, plan_type, invited_at, first_login_at,
       last_seen_at
FROM gateway.members WHERE agency_id = $1 AND status <> 'removed' {more} ORDER BY sort_key, member_id LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of page: seconds of each request over HTTP, and of each bare query with its serialization."""

    name: str
    ours: tuple[float, ...]
    floor: tuple[float, ...]


async def compare(clinic: Clinic, times: int) -> list[Compared]:
    """Measure every kind of page, ours and the floor in turns."""
    session = await clinic.session(await clinic.admin())
    connection = await Connection.to(clinic.world.gateway, session)
    middle, last = await _middle_of(connection)
    cases: list[tuple[str, str, str, tuple[object, ...]]] = [
        ("the first 50", "limit=50", _BARE.format(more="", limit=50), ()),
        ("the first 200", "limit=200", _BARE.format(more="", limit=200), ()),
        (
            "200 from the middle",
            f"limit=200&cursor={middle}",
            _BARE.format(more="AND (sort_key, member_id) > ($2, $3)", limit=200),
            last,
        ),
        (
            "a search that finds 11",
            "limit=50&q=clinician-77",
            _BARE.format(more="AND (plain_name LIKE $2 OR plain_address LIKE $2)", limit=50),
            ("%clinician-77%",),
        ),
    ]
    compared = []
    async with clinic.world.database() as db:
        for name, query, sql, arguments in cases:
            call = partial(connection.request, "GET", f"/members?{query}")
            bare = partial(_bare, db, sql, clinic.agency_id, *arguments)
            ours, floor = [], []
            for _ in range(times):
                ours.append(await _timed(call))
                floor.append(await _timed(bare))
            compared.append(Compared(name, tuple(ours), tuple(floor)))
    connection.close()
    return compared


@dataclass(frozen=True, slots=True)
class Weight:
    """The bytes of a first view as sent: the page alone, all that a cold browser loads, and the typeface of that."""

    page: int
    cold: int
    typeface: int


async def beside_json(clinic: Clinic, times: int) -> tuple[Compared, Weight]:
    """Measure the first view of the Members page beside the JSON call; return also its weight."""
    connection = await Connection.to(clinic.world.gateway, await clinic.session(await clinic.admin()))
    page = partial(connection.page, "/admin/agency/members")
    call = partial(connection.request, "GET", "/members?limit=50")
    ours, floor = [], []
    for _ in range(times):
        ours.append(await _timed(page))
        floor.append(await _timed(call))
    weight = await _weigh(connection, await page())
    connection.close()
    return Compared("the first view", tuple(ours), tuple(floor)), weight


async def _weigh(connection: Connection, page: bytes) -> Weight:
    """Load what the page names and what its scripts import, as a browser does that has nothing cached yet."""
    sizes: dict[str, int] = {}
    wanted = set(_ASSET.findall(gzip.decompress(page).decode()))
    while wanted := wanted - sizes.keys():
        name = wanted.pop()
        sent = await connection.page(name)
        sizes[name] = len(sent)
        if name.endswith(".js"):
            wanted |= {f"/static/{imported}" for imported in _IMPORT.findall(gzip.decompress(sent).decode())}
    typeface = sum(size for name, size in sizes.items() if name.endswith(".woff2"))
    return Weight(len(page), len(page) + sum(sizes.values()), typeface)


async def _bare(db: asyncpg.Connection[Any], sql: str, *arguments: object) -> bytes:
    rows = await db.fetch(sql, *arguments)
    return orjson.dumps([dict(row) for row in rows], default=str)


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _middle_of(connection: Connection) -> tuple[str, tuple[object, ...]]:
    """Return the cursor of the middle page, and the sort key and id that it stands for."""
    counts = orjson.loads(await connection.request("GET", "/members?limit=1"))["counts"]
    pages = sum(counts.values()) // 200 // 2
    cursor, page = "", {}
    for _ in range(max(pages, 1)):
        page = orjson.loads(await connection.request("GET", f"/members?limit=200{cursor and f'&cursor={cursor}'}"))
        cursor = page["nextCursor"]
    last = page["items"][-1]
    return cursor, (sort_key(last["name"], DEFAULT_LOCALE), last["id"])
