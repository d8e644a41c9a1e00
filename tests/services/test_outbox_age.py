"""KEDA's query for the age of the oldest unsent message, as the chart writes it, under the service's own role."""

from datetime import timedelta

import asyncpg
import pytest

from contracts.vocabulary import Service
from hosting.settings import with_role
from tests.support.one_service import PASSWORD
from tests.support.rendered import APPS, needs_helm, of_kind

pytestmark = needs_helm
OLD = timedelta(hours=2)
_ROW = """
INSERT INTO {0}.outbox (agency_id, topic, type, seq, headers, data, published_at)
VALUES (gen_random_uuid(), '{0}.events', 'x', 1, '', '', now() - $1::interval) RETURNING id
"""


def query_of(service: str) -> str:
    """The query of the service's ScaledObject."""
    [example] = [one for one in APPS if one.values_file.stem == "operators"]
    _, postgres = of_kind(example, "ScaledObject")[service]["spec"]["triggers"]
    query: str = postgres["metadata"]["query"]
    return query


@pytest.mark.parametrize("service", [one for one in Service if one is not Service.GATEWAY])
async def test_the_oldest_unsent_message_counts_and_a_replay_does_not(migrated: str, service: Service) -> None:
    db = await asyncpg.connect(with_role(migrated, service.value, PASSWORD))
    try:
        assert await db.fetchval(query_of(service)) == 0
        row = await db.fetchval(_ROW.format(service), OLD)
        await db.execute(f"INSERT INTO {service}.unsent (id, replayed) VALUES ($1, true)", row)
        assert await db.fetchval(query_of(service)) == 0
        await db.execute(f"INSERT INTO {service}.unsent (id, replayed) VALUES ($1, false)", row)
        assert await db.fetchval(query_of(service)) >= OLD.total_seconds()
    finally:
        await db.close()
