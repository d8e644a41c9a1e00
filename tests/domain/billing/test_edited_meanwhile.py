"""Quantities that somebody set between our reading and our update are found on the update's invoice."""

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


def test_a_credit_for_the_quantity_that_was_read_shows_no_edit() -> None:
    assert edited_meanwhile(SEEN, [credit(2), debit(3), FULL], None) is None


def test_a_change_without_an_invoice_shows_no_edit() -> None:
    assert edited_meanwhile(SEEN, [], None) is None


def test_a_credit_for_another_quantity_shows_the_edit() -> None:
    assert edited_meanwhile(SEEN, [credit(5), debit(3)], None) == Quantities(5, 1)
    assert edited_meanwhile(SEEN, [credit(2), debit(5), credit(5), debit(3)], None) == Quantities(5, 1)


def test_edits_of_both_seat_types_are_found() -> None:
    lines = [credit(5), debit(3), credit(4, "si_2"), debit(2, "si_2")]
    assert edited_meanwhile(SEEN, lines, None) == Quantities(5, 4)


def test_prorations_of_earlier_seconds_belong_to_earlier_changes() -> None:
    assert edited_meanwhile(SEEN, [credit(1, at=AT - 60), debit(2, at=AT - 60), credit(2), debit(3)], None) is None


def test_the_quotes_second_counts_even_if_it_is_not_the_newest() -> None:
    lines = [credit(2, at=AT + 60), debit(5, at=AT + 60), credit(5), debit(3)]
    assert edited_meanwhile(SEEN, lines, AT) == Quantities(5, 1)


def test_known_pending_prorations_show_no_edit() -> None:
    assert edited_meanwhile(SEEN, [credit(1, pending="ii_1"), credit(2), debit(3)], None, {"ii_1"}) is None


def test_a_line_of_zero_shows_no_edit() -> None:
    free = StripeLineSnapshot(0, "Unused time", 5, "si_1", is_proration=True, pending=None, period_start=AT)
    assert edited_meanwhile(SEEN, [credit(2), free], AT) is None
