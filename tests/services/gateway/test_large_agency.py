"""An agency of ten thousands of members: what the search reads, and what a spreadsheet keeps in memory."""

import json
import tracemalloc
from hashlib import md5
from typing import Any

import httpx

from tests.support.gateway_harness import GatewayHarness
from webserver.server import Message

PEOPLE = 12_000
MEMBERS_OF = """
INSERT INTO members (member_id, agency_id, email, mailbox, plain_address, name, plain_name, sort_key, role, seat_type,
                     status)
SELECT gen_random_uuid(), agency_id, word || '@harbor.example', word, word || '@harbor.example', 'Dr. ' || word,
       'dr. ' || word, word::bytea, 'clinician', 'voice', 'pending_login'
FROM agencies, generate_series($1::int, $2::int) n, LATERAL (SELECT left(md5(n::text), 12)) words (word)
"""
COUNTED = "UPDATE agencies SET pending_login = pending_login + $1::int"
LOG_OF = """
INSERT INTO activity (agency_id, at, kind, costs, type, actor, operation_id, data, about)
SELECT a.agency_id, a.at, a.kind, a.costs, a.type, a.actor, a.operation_id, a.data, a.about
FROM (SELECT * FROM activity ORDER BY id LIMIT 1) a, generate_series($1::int, $2::int)
"""


async def large_agency(front: GatewayHarness) -> None:
    """An agency with so many members, and a line of its log for each."""
    await front.agency()
    for statement in (MEMBERS_OF, LOG_OF):
        for first in range(0, PEOPLE, 4_000):  # In parts, because a statement may take five seconds.
            await front.service.pool.execute(statement, first + 1, first + 4_000)
    await front.service.pool.execute(COUNTED, PEOPLE)
    await front.service.alter("VACUUM (ANALYZE) members")


def scans(node: dict[str, Any]) -> list[tuple[str, int]]:
    """The indexes and tables that a plan reads, with the rows that it finds in each, by Postgres's own counts."""
    name = node.get("Index Name") or node.get("Relation Name")
    own = [(name, int(node["Actual Rows"] * node["Actual Loops"]))] if name else []
    return own + [scan for child in node.get("Plans", []) for scan in scans(child)]


async def test_a_search_reads_an_index_whatever_else_is_filtered(front: GatewayHarness) -> None:
    await large_agency(front)
    pool = front.service.pool
    ran: list[tuple[str, tuple[object, ...]]] = []
    for connection in [await pool.acquire() for _ in range(pool.get_max_size())]:
        connection.add_query_logger(lambda record: ran.append((record.query, record.args)))
        await pool.release(connection)
    admin = await front.sign_in()
    ran.clear()
    name = md5(b"777", usedforsecurity=False).hexdigest()
    for shown in ({}, {"status": "pending_login"}, {"seatType": "voice", "role": "clinician"}, {"sort": "last_seen"}):
        page = (await admin.get("/api/v1/members", params={"q": name[:8].upper(), **shown})).json()
        assert [row["name"] for row in page["items"]] == [f"Dr. {name[:12]}"], shown
    page = (await admin.get("/admin/agency/members", params={"q": f"{name[4:12]}@harbor"})).text
    assert "1\u20131 of 1" in page
    searches = [one for one in ran if "LIKE" in one[0]]
    assert len(searches) == 10, "a page and a count each, of the Blocked none"
    for query, arguments in searches:
        plan = json.loads(await pool.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", *arguments))
        read = scans(plan[0]["Plan"])
        assert "members_search" in {name for name, _ in read}, (query, plan)
        assert all(rows <= 1 for _, rows in read), (query, plan)


async def downloaded(front: GatewayHarness, admin: httpx.AsyncClient, path: str) -> list[int]:
    """The lines of a download that is read piece by piece; of each, the most bytes of memory that were taken so far."""
    taken: list[int] = []
    request = admin.build_request("GET", path)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200
        taken.extend([tracemalloc.get_traced_memory()[1]] * message.get("body", b"").count(b"\r\n"))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "https",
        "path": request.url.path,
        "query_string": request.url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("203.0.113.9", 4711),
    }
    tracemalloc.start()
    try:
        await front.http(scope, receive, send)
        return taken
    finally:
        tracemalloc.stop()


async def test_a_spreadsheet_is_sent_in_the_memory_of_its_first_part(front: GatewayHarness) -> None:
    await large_agency(front)
    admin = await front.sign_in()
    for path in ("/api/v1/members.csv?q=harbor", "/api/v1/activity.csv"):
        taken = await downloaded(front, admin, path)
        assert len(taken) > PEOPLE, path
        # Six times as many lines would take six times as much; the collector of cycles runs when it likes.
        assert taken[-1] < 2 * taken[PEOPLE // 6], "more lines take no more memory"
