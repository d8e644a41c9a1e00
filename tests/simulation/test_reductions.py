"""The check of reductions at the renewal finds what goes below Active."""

from typing import Any

import pytest

from tests.simulation.invariants import Violation
from tests.simulation.reductions import no_reduction_goes_below_active


def message(type_: str, **data: Any) -> dict[str, Any]:  # noqa: ANN401  fields of an event
    return {"by": "seats", "type": type_, "id": "change", "agency_id": "a", "data": data}


def change(base: int, voice: int, renewal: str | None = "2026-12-01") -> dict[str, Any]:
    after = {"base": base, "voice": voice}
    return message("billing.set_quantities.v1", before={"base": 3, "voice": 2}, after=after, renewal=renewal)


ADA = message("seats.seat_assigned.v1", seat_type="base")
TO_VOICE = {"before": "base", "seat_type": "voice"}
SWAP = message("seats.seat_swapped.v1", **TO_VOICE)
EXCHANGE = message("seats.seats_exchanged.v1", moves=[TO_VOICE])
GONE = message("seats.seat_released.v1", seat_type="base", held=True)


def test_a_reduction_to_those_active_is_clean_and_other_changes_are_not_looked_at() -> None:
    no_reduction_goes_below_active([ADA, change(1, 0), ADA, GONE, change(1, 0), change(0, 0, None)])
    no_reduction_goes_below_active([{**ADA, "by": "members"}, change(0, 0)])


@pytest.mark.parametrize("moved", [[ADA], [ADA, SWAP], [ADA, EXCHANGE], [ADA, ADA, GONE]])
def test_a_reduction_below_those_active_is_reported(moved: list[dict[str, Any]]) -> None:
    with pytest.raises(Violation, match="are Active"):
        no_reduction_goes_below_active([*moved, change(0, 0)])
