"""What somebody edited between our look and our update is overwritten, and told."""

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.edited_meanwhile import edited_meanwhile
from services.billing.domain.snapshots import StripeItemSnapshot, StripeLineSnapshot, StripeSubscriptionSnapshot

AT = 1_798_761_600
SEEN = StripeSubscriptionSnapshot(
    "sub_1",
    "active",
    BillingCycle.MONTHLY,
    {SeatType.BASE: StripeItemSnapshot("si_1", 2, ()), SeatType.VOICE: StripeItemSnapshot("si_2", 1, ())},
    None,
    None,
)


def credit(quantity: int, item: str = "si_1", *, at: int = AT, pending: str | None = None) -> StripeLineSnapshot:
    return StripeLineSnapshot(
        -100 * quantity, "Unused time", quantity, item, is_proration=True, pending=pending, period_start=at
    )


def debit(quantity: int, item: str = "si_1", *, at: int = AT) -> StripeLineSnapshot:
    return StripeLineSnapshot(
        100 * quantity, "Remaining", quantity, item, is_proration=True, pending=None, period_start=at
    )


FULL = StripeLineSnapshot(5999, "1 seat", 1, "si_2", is_proration=False, pending=None, period_start=AT + 9)


def test_the_quantity_that_was_read_is_the_one_that_is_credited() -> None:
    assert edited_meanwhile(SEEN, [credit(2), debit(3), FULL], None) is None


def test_a_change_that_made_no_invoice_shows_nothing() -> None:
    assert edited_meanwhile(SEEN, [], None) is None


def test_another_quantity_credited_is_what_the_update_found() -> None:
    assert edited_meanwhile(SEEN, [credit(5), debit(3)], None) == Quantities(5, 1)
    assert edited_meanwhile(SEEN, [credit(2), debit(5), credit(5), debit(3)], None) == Quantities(5, 1)


def test_both_types_may_have_been_edited() -> None:
    lines = [credit(5), debit(3), credit(4, "si_2"), debit(2, "si_2")]
    assert edited_meanwhile(SEEN, lines, None) == Quantities(5, 4)


def test_prorations_of_earlier_seconds_are_earlier_changes() -> None:
    assert edited_meanwhile(SEEN, [credit(1, at=AT - 60), debit(2, at=AT - 60), credit(2), debit(3)], None) is None


def test_a_quotes_second_is_the_updates_own_also_where_it_is_not_the_newest() -> None:
    lines = [credit(2, at=AT + 60), debit(5, at=AT + 60), credit(5), debit(3)]
    assert edited_meanwhile(SEEN, lines, AT) == Quantities(5, 1)


def test_what_was_known_to_wait_is_nobodys_edit() -> None:
    assert edited_meanwhile(SEEN, [credit(1, pending="ii_1"), credit(2), debit(3)], None, {"ii_1"}) is None


def test_a_line_of_nothing_credits_nothing() -> None:
    free = StripeLineSnapshot(0, "Unused time", 5, "si_1", is_proration=True, pending=None, period_start=AT)
    assert edited_meanwhile(SEEN, [credit(2), free], AT) is None
