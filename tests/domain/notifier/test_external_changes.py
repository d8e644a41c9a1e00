"""Changes at Stripe, and when they are mailed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.vocabulary import BillingCycle, Quantities
from services.notifier.domain.external_changes import ExternalChange, Plan, edited, frozen, thawed

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)
PLAN = Plan(18997, BillingCycle.MONTHLY)
FIVE, THREE = Quantities(2, 5), Quantities(2, 3)
EDITED = ExternalChange(FIRST, START, START, FIVE, THREE, PLAN)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_change_is_due_after_five_seconds_of_quiet() -> None:
    change = edited(None, FIRST, FIVE, THREE, PLAN, START)
    assert change == EDITED
    assert (change.is_due(after(4.9)), change.is_due(after(5))) == (False, True)


def test_several_edits_are_one_change_from_the_first_to_the_last() -> None:
    change = edited(EDITED, SECOND, THREE, Quantities(2, 9), Plan(1, BillingCycle.MONTHLY), after(3))
    assert (change.id, change.before, change.after, change.plan) == (
        FIRST,
        FIVE,
        Quantities(2, 9),
        Plan(1, BillingCycle.MONTHLY),
    )
    assert change.due_at == after(8)


def test_edits_without_a_pause_are_due_after_sixty_seconds() -> None:
    change = EDITED
    for second in range(1, 60):
        change = edited(change, SECOND, FIVE, THREE, PLAN, after(second))
    assert change.due_at == after(60)


def test_a_freeze_is_part_of_the_change_that_caused_it() -> None:
    change = frozen(EDITED, SECOND, THREE, Quantities(2, 4), after(1))
    assert (change.id, change.before, change.active) == (FIRST, FIVE, Quantities(2, 4))


def test_a_freeze_without_an_edit_opens_a_change_of_its_own() -> None:
    change = frozen(None, SECOND, THREE, Quantities(2, 4), START)
    assert change == ExternalChange(SECOND, START, START, None, THREE, active=Quantities(2, 4))
    assert edited(change, FIRST, FIVE, THREE, PLAN, START).before == FIVE


def test_a_thaw_is_part_of_the_change_that_caused_it_and_alone_makes_no_change() -> None:
    change = thawed(frozen(EDITED, SECOND, THREE, Quantities(2, 4), START), after(1))
    assert change is not None
    assert (change.active, change.thawed) == (None, True)
    assert frozen(change, SECOND, THREE, Quantities(2, 4), after(2)).thawed is False
    assert thawed(None, START) is None


def test_edits_that_cancel_each_other_out_are_reportable_only_after_a_freeze_or_a_thaw() -> None:
    undone = edited(EDITED, SECOND, THREE, FIVE, PLAN, after(1))
    assert not undone.is_reportable
    assert EDITED.is_reportable
    thawed_again = thawed(undone, after(2))
    assert thawed_again is not None
    assert thawed_again.is_reportable
    assert frozen(undone, SECOND, FIVE, Quantities(2, 9), after(2)).is_reportable


def test_a_freeze_updates_the_seats_and_restarts_the_quiet() -> None:
    change = frozen(EDITED, SECOND, Quantities(1, 1), Quantities(2, 4), after(3))
    assert (change.after, change.last_at, change.due_at) == (Quantities(1, 1), after(3), after(8))


def test_a_thaw_restarts_the_quiet() -> None:
    change = thawed(EDITED, after(3))
    assert change is not None
    assert (change.last_at, change.due_at) == (after(3), after(8))
