"""The end of a subscription is scheduled, moved, or taken back; admins are reminded seven days before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from contracts.vocabulary import BillingCycle
from services.billing.domain.scheduled_end import (
    EndDropped,
    EndSame,
    EndSet,
    end_after_switch,
    end_of,
    reminder_at,
    scheduled_end,
)
from services.billing.domain.snapshots import StripeLineSnapshot, StripeSubscriptionSnapshot

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
END, LATER = NOW + timedelta(days=19), NOW + timedelta(days=30)
GOES_ON = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, {}, None, None)
ENDS = replace(GOES_ON, ends_at=int(END.timestamp()))


def test_an_end_that_is_as_we_know_it_is_no_news() -> None:
    assert scheduled_end(None, GOES_ON) == EndSame()
    assert scheduled_end(END, ENDS) == EndSame()


def test_an_end_is_set_or_moved() -> None:
    assert scheduled_end(None, ENDS) == EndSet(END, None)
    assert scheduled_end(LATER, ENDS) == EndSet(END, LATER)


def test_an_end_is_taken_back() -> None:
    assert scheduled_end(END, GOES_ON) == EndDropped(END)


def test_an_end_that_has_come_is_neither_set_nor_taken_back() -> None:
    over = replace(ENDS, status="canceled")
    assert scheduled_end(END, over) == scheduled_end(None, over) == EndSame()
    assert (end_of(ENDS), end_of(over), end_of(GOES_ON)) == (END, None, None)


def line(end: datetime, *, item: str | None = "si_1", is_proration: bool = False) -> StripeLineSnapshot:
    return StripeLineSnapshot(1, "", 1, item, is_proration, None, 0, int(end.timestamp()))


def test_a_switch_moves_an_end_with_the_period_to_the_first_end_of_the_new_periods() -> None:
    year = NOW + timedelta(days=365)
    lines = [line(END, is_proration=True), line(END, item=None), line(year), line(LATER)]
    moves = replace(ENDS, ends_with_period=True)
    assert end_after_switch(moves, lines) == LATER
    assert end_after_switch(moves, lines[:2]) == END, "nothing is billed"
    assert end_after_switch(ENDS, lines) == END, "an end at a date stays"
    assert end_after_switch(GOES_ON, lines) is None


def test_admins_are_reminded_seven_days_before_unless_the_end_was_set_later_than_that() -> None:
    assert reminder_at(END, NOW) == END - timedelta(days=7)
    assert reminder_at(NOW + timedelta(days=7), NOW) is None
