"""A wait has one clock: told to the admins after ten minutes, over after 24 hours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contracts.vocabulary import Quantities
from services.seats.domain.ledger import Account, Ledger
from services.seats.domain.line import Waiter, without
from services.seats.domain.wait_ends import LongWaits, long_waits, next_look
from tests.domain.seats.test_line import waited_for, waiter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)


def since(position: int, age: timedelta) -> Waiter:
    return replace(waiter(position), since=NOW - age)


def test_a_wait_of_ten_minutes_is_reported_once_with_everyone_in_line() -> None:
    line = [since(1, 10 * MINUTES), since(2, 3 * MINUTES)]
    ledger = waited_for(*line)
    told = replace(ledger, reported_at=NOW)
    assert long_waits(ledger, line, NOW) == LongWaits(told, (), tuple(line), line[0].since)
    assert long_waits(told, line, NOW + 5 * MINUTES) == LongWaits(told, (), tuple(line))


def test_a_shorter_wait_is_not_reported() -> None:
    line = [since(1, 9.9 * MINUTES)]
    ledger = waited_for(*line)
    assert long_waits(ledger, line, NOW) == LongWaits(ledger, (), tuple(line))


def test_a_wait_of_24_hours_ends_and_a_shorter_one_goes_on() -> None:
    line = [since(1, 24 * HOURS), since(2, 23.9 * HOURS)]
    ledger = replace(waited_for(*line), reported_at=NOW)
    waits = long_waits(ledger, line, NOW)
    assert (waits.ended, waits.left, waits.reported_since) == ((line[0],), (line[1],), None)
    assert (waits.ledger.waiting, waits.ledger.waiting_since) == (Quantities(1, 0), line[1].since)


def test_a_line_that_ends_forgets_that_it_was_reported() -> None:
    line = [since(1, 24 * HOURS)]
    waits = long_waits(replace(waited_for(*line), reported_at=NOW), line, NOW)
    assert (waits.ledger.reported_at, waits.ledger.waiting_since) == (None, None)


def test_a_wait_that_began_after_the_report_is_reported_once_all_of_then_have_left() -> None:
    early, late = since(1, 20 * MINUTES), since(2, 0 * MINUTES)
    told = replace(waited_for(early, late), reported_at=NOW - 10 * MINUTES)
    assert long_waits(told, [early, late], NOW + 10 * MINUTES).reported_since is None, "one report for one trouble"
    served = without(told, [early], [late])
    assert (served.reported_at, next_look(served)) == (None, NOW + 10 * MINUTES)
    assert long_waits(served, [late], NOW + 10 * MINUTES).reported_since == late.since


def test_the_longest_wait_is_looked_at_after_ten_minutes_and_once_told_after_24_hours() -> None:
    ledger = waited_for(since(1, 0 * MINUTES), since(2, -5 * MINUTES))
    assert next_look(ledger) == NOW + 10 * MINUTES
    assert next_look(replace(ledger, reported_at=NOW)) == NOW + 24 * HOURS
    assert next_look(waited_for()) is None


def test_the_wait_for_an_account_that_is_not_open_yet_is_not_ended_here() -> None:
    line = [since(1, 25 * HOURS)]
    awaited = replace(waited_for(*line), account=Account.AWAITED)
    assert long_waits(awaited, line, NOW) == LongWaits(awaited, (), tuple(line))
    assert next_look(awaited) is None
    assert next_look(Ledger()) is None
