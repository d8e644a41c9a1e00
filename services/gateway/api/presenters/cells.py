"""Cells that all spreadsheets write alike."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_cell(at: datetime) -> str:
    """A time in UTC, to the second: 2026-03-02T09:00:00Z."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
