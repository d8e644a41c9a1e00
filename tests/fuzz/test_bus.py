"""Arbitrary bytes on a topic: no batch stops because of them, and no other agency's message is lost."""

import pytest

from contracts.vocabulary import Service
from tests.fuzz.barrage import barrage
from tests.support.journey import journey_on


@pytest.mark.parametrize("service", list(Service))
async def test_a_broken_record_harms_no_other_agency(migrated: str, service: Service) -> None:
    async with journey_on(migrated) as journey:
        sample = await barrage(journey, service, 120, 1)
    assert sample.became["quarantined"]
    assert sample.became["handled"]
