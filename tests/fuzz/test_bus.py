"""Whatever bytes lie on a topic: no batch stands still for them, and no neighbour's message is lost."""

import pytest

from contracts.vocabulary import Service
from tests.fuzz.barrage import barrage
from tests.support.journey import journey_on


@pytest.mark.parametrize("service", list(Service))
async def test_a_record_that_is_broken_in_any_way_harms_nobody_but_itself(migrated: str, service: Service) -> None:
    async with journey_on(migrated) as journey:
        sample_service = await barrage(journey, service, 120, 1)
    assert sample_service.became["quarantined"]
    assert sample_service.became["heard"]
