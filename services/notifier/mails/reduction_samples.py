"""Samples of the mail about a reduction that waited for the renewal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

from contracts.vocabulary import Quantities, RejectionCode
from services.notifier.mails.reduction_kinds import ScheduledReduction

REDUCTION_MADE = ScheduledReduction(
    "Northside",
    "made",
    datetime(2026, 3, 21, 9, tzinfo=UTC),
    None,
    5,
    Quantities(2, 8),
    Quantities(2, 5),
    Quantities(2, 5),
    new_total=18997,
)
REDUCTION_SHORT = replace(REDUCTION_MADE, after=Quantities(2, 7), active=Quantities(2, 7), new_total=24997)
REDUCTION_NEAR = replace(REDUCTION_SHORT, stage="near")
REDUCTION_OF_NOTHING = replace(REDUCTION_SHORT, after=Quantities(2, 8), active=Quantities(2, 8), new_total=None)
REDUCTION_MISSED = replace(REDUCTION_OF_NOTHING, stage="missed", code=RejectionCode.PAST_DUE)
REDUCTIONS: Mapping[str, ScheduledReduction] = MappingProxyType(
    {
        "reduction-made": REDUCTION_MADE,
        "reduction-short": REDUCTION_SHORT,
        "reduction-near": REDUCTION_NEAR,
        "reduction-of-nothing": REDUCTION_OF_NOTHING,
        "reduction-missed": REDUCTION_MISSED,
    }
)
