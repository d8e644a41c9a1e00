"""What the relay reads of the outbox is a portion, however long the history is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chassis import relay
from contracts.vocabulary import Service
from database.postgres import connection
from tests.support.one_service import OneService

HISTORY, LISTED, PORTION = 30_000, 15_000, 100
_HISTORY = """
INSERT INTO outbox (agency_id, topic, type, seq, headers, data, published_at)
SELECT gen_random_uuid(), 'members.events', 'members.removed.v1', 1, '{}', '{}', now() FROM generate_series(1, $1::int)
"""


def rows_read(plan: dict[str, Any]) -> Iterator[float]:
    """Yield the rows of each node, over its loops."""
    yield plan["Actual Rows"] * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from rows_read(part)


@pytest.mark.parametrize("replayed", [True, False])
@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_a_portion_costs_the_same_however_long_the_history_is(
    service: OneService, mode: str, *, replayed: bool
) -> None:
    # Until now a portion was looked for from the beginning of the outbox: 1.2 s for 100 messages of a million.
    assert service.runtime.definition.service is Service.MEMBERS
    statements = [relay._REPLAYED] if replayed else [relay._UNSENT, relay._UNSENT_OF_OTHERS, relay._OLD]
    arguments = {
        relay._REPLAYED: f"({PORTION}, 10, '{{}}')",
        relay._UNSENT: f"({PORTION})",
        relay._UNSENT_OF_OTHERS: f"({PORTION}, ARRAY[gen_random_uuid()])",
        relay._OLD: "",
    }
    async with connection(service.pool) as db:
        await db.execute(_HISTORY, HISTORY)
        await db.execute("DELETE FROM unsent")
        await db.execute(
            "INSERT INTO unsent (replayed, id) SELECT $1, id FROM outbox ORDER BY id DESC LIMIT $2", replayed, LISTED
        )
        await db.execute("ANALYZE outbox, unsent")
        await db.execute(f"SET plan_cache_mode = {mode}")
        for statement in statements:
            await db.execute(f"PREPARE portion AS {statement}")
            explained = await db.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE portion{arguments[statement]}")
            await db.execute("DEALLOCATE portion")
            assert max(rows_read(json.loads(explained)[0]["Plan"])) <= PORTION * 10, explained
        await db.execute("RESET plan_cache_mode")
        await db.execute("DELETE FROM outbox")
