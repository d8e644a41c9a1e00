"""A preview is shown only if Stripe calculated it from the state that was read beside it."""

from dataclasses import replace

from contracts.vocabulary import BillingCycle, SeatType
from services.billing.domain.preview_agrees import own_lines, preview_agrees, takes_along
from services.billing.domain.snapshots import (
    OtherItem,
    PendingProration,
    Preview,
    StripeItemSnapshot,
    StripeLineSnapshot,
    StripeSubscriptionSnapshot,
)

SEEN = StripeSubscriptionSnapshot(
    "sub_1",
    "active",
    BillingCycle.MONTHLY,
    {SeatType.BASE: StripeItemSnapshot("si_1", 2, ()), SeatType.VOICE: StripeItemSnapshot("si_2", 1, ())},
    None,
    None,
)
WAITS = PendingProration("ii_1", -700, "Unused time on 1", 1, "si_1")
TAKEN = StripeLineSnapshot(-700, "Unused time on 1", 1, "si_1", is_proration=True, pending="ii_1")
UNUSED = StripeLineSnapshot(-2999, "Unused time on 2", 2, "si_1", is_proration=True, pending=None)
REMAINING = StripeLineSnapshot(4498, "Remaining time on 3", 3, "si_1", is_proration=True, pending="ii_not_made")
FULL = StripeLineSnapshot(15897, "3 seats", 3, "si_2", is_proration=False, pending=None)


def preview(*lines: StripeLineSnapshot, is_whole: bool = True) -> Preview:
    total = sum(line.amount for line in lines)
    return Preview(total, max(0, total), 1_798_761_600, lines, is_whole)


def test_a_credit_for_the_quantity_that_was_read_agrees() -> None:
    assert preview_agrees(preview(UNUSED, REMAINING, FULL), SEEN, ())


def test_a_pending_proration_is_included_and_is_not_the_changes_own() -> None:
    made = preview(TAKEN, UNUSED, REMAINING)
    assert preview_agrees(made, SEEN, (WAITS,))
    assert own_lines(made, (WAITS,)) == (UNUSED, REMAINING)


def test_a_credit_for_another_quantity_does_not_agree() -> None:
    assert not preview_agrees(preview(replace(UNUSED, quantity=5), REMAINING), SEEN, ())


def test_a_credit_for_an_item_that_was_not_read_does_not_agree() -> None:
    assert not preview_agrees(preview(replace(UNUSED, item=None)), SEEN, ())


def test_a_pending_proration_that_is_not_included_does_not_agree() -> None:
    assert not preview_agrees(preview(UNUSED, REMAINING), SEEN, (WAITS,))


def test_a_charge_by_hand_may_be_on_another_invoice_of_the_customer() -> None:
    by_hand = PendingProration("ii_2", 700, "Training", 1, None)
    billed = StripeLineSnapshot(700, "Training", 1, None, is_proration=False, pending="ii_2")
    assert preview_agrees(preview(UNUSED, REMAINING), SEEN, (by_hand,))
    assert preview_agrees(preview(UNUSED, REMAINING, billed), SEEN, (by_hand,))
    assert not preview_agrees(preview(UNUSED, REMAINING, billed), SEEN, (by_hand, WAITS))


def test_the_visible_lines_of_a_preview_that_was_cut_off_must_agree() -> None:
    assert preview_agrees(preview(UNUSED, is_whole=False), SEEN, (WAITS,))
    assert not preview_agrees(preview(replace(UNUSED, quantity=5), is_whole=False), SEEN, (WAITS,))


def test_a_line_of_zero_is_no_credit() -> None:
    free = replace(UNUSED, amount=0, quantity=9)
    assert preview_agrees(preview(UNUSED, free), SEEN, ())


def test_a_credit_for_an_item_that_is_not_a_seat_agrees_if_its_quantity_does() -> None:
    held = replace(SEEN, others=(OtherItem("si_9", "EHR integration", 4, 5000, "usd", "month"),))
    credit = replace(UNUSED, item="si_9", quantity=4)
    assert preview_agrees(preview(credit), held, ())
    assert not preview_agrees(preview(replace(credit, quantity=5)), held, ())


def test_the_lines_of_all_pending_prorations_must_be_there_as_far_as_they_are_shown() -> None:
    made = preview(UNUSED, REMAINING)
    assert takes_along(made, ())
    assert not takes_along(made, (WAITS,))
    assert takes_along(replace(made, is_whole=False), (WAITS,))
