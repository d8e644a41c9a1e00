"""The JSON bodies of a reduction at the renewal."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from services.gateway.api.schemas.base import Wire


class ReductionOut(Wire):
    """The reduction that waits for the renewal `at`; all null if none is scheduled.

    `base` and `voice` are the counts that it leaves, null for a seat type that it does not reduce.
    """

    at: datetime | None = None
    base: int | None = Field(default=None, examples=[3])
    voice: int | None = Field(default=None, examples=[7])
