"""How days and times are written for people, in pages, mails and sentences alike. All of them are in UTC, and say so.

A page's script writes the same moments in the reader's own zone; a spreadsheet has the exact moment, as ISO 8601.
"""

from __future__ import annotations

from datetime import UTC, date, datetime


def day(at: datetime) -> str:
    """21 March 2026."""
    return f"{day_of_year(at)} {at.astimezone(UTC):%Y}"


def day_of_year(at: datetime) -> str:
    """21 March: for a mail's subject, where a year looks like a sign-in code."""
    utc = at.astimezone(UTC)
    return f"{utc.day} {utc:%B}"


def time(at: datetime) -> str:
    """14:05 UTC."""
    return f"{at.astimezone(UTC):%H:%M} UTC"


def time_and_day(at: datetime) -> str:
    """14:05 UTC on 21 March: in a sentence about these days."""
    return f"{time(at)} on {day_of_year(at)}"


def exact(at: datetime) -> str:
    """21 March 2026, 14:05 UTC: where the year counts, as in a record or a deadline."""
    return f"{day(at)}, {time(at)}"


def short_day(on: date) -> str:
    """21 Mar 2026: in a table or a chart."""
    return f"{on.day} {on:%b} {on:%Y}"


def short(at: datetime) -> str:
    """21 Mar 2026, 14:05 UTC: in a table."""
    return f"{short_day(at.astimezone(UTC).date())}, {time(at)}"


def machine(at: datetime) -> str:
    """2026-03-21T14:05:00Z: for programs and spreadsheets."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
