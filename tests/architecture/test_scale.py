"""The pages' figures about scale follow from the measurement, and no size needs more than the product takes."""

import pytest

from tests.scale.arithmetic import MEASURED, Size
from tests.scale.page import SIZES, written


def test_the_tables_of_the_pages_are_those_of_the_measurement() -> None:
    assert MEASURED.exists()
    stale = [path for path, text, now in written() if text != now]
    assert stale == [], "python -m tests.scale --pages-only"


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.agencies:,}")
def test_each_size_has_a_partition_for_each_process_and_a_night_for_the_comparison(size: Size) -> None:
    assert size.fits_the_partitions
    assert size.sweep < 8


def test_more_agencies_never_need_less() -> None:
    small, *_, large = SIZES
    for name in ("sign_ins", "messages", "replicas", "service_cpu", "connections", "bus", "mails", "stripe_calls"):
        assert getattr(small, name) <= getattr(large, name), name
    assert small.stored(1) < small.stored(12) < large.stored(12)
