"""A change names each item with its quantity, and adds an item that somebody has removed."""

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.item_change import ItemChange, begins_new_period, item_changes, missing
from services.billing.domain.snapshots import StripeItemSnapshot, StripeSubscriptionSnapshot

ITEMS = {SeatType.BASE: "si_1", SeatType.VOICE: "si_2"}


def test_a_change_names_the_subscriptions_items() -> None:
    items = {seat_type: StripeItemSnapshot(item_id, 1, ()) for seat_type, item_id in ITEMS.items()}
    snapshot = StripeSubscriptionSnapshot("sub_1", "active", BillingCycle.MONTHLY, items, None, None)
    assert snapshot.item_ids == ITEMS


def test_other_quantities_keep_the_prices() -> None:
    assert item_changes(ITEMS, Quantities(0, 3)) == (ItemChange("si_1", 0), ItemChange("si_2", 3))


def test_other_prices_come_with_explicit_quantities() -> None:
    prices = {SeatType.BASE: "price_1", SeatType.VOICE: "price_2"}
    assert item_changes(ITEMS, Quantities(2, 1), prices) == (
        ItemChange("si_1", 2, "price_1"),
        ItemChange("si_2", 1, "price_2"),
    )


def test_a_missing_item_is_added_at_a_price_when_seats_of_it_are_wanted() -> None:
    only_base = {SeatType.BASE: "si_1"}
    assert missing(only_base, Quantities(2, 1)) == {SeatType.VOICE}
    assert item_changes(only_base, Quantities(2, 1), {SeatType.VOICE: "price_2"}) == (
        ItemChange("si_1", 2),
        ItemChange(None, 1, "price_2", SeatType.VOICE),
    )


def test_a_missing_item_without_seats_is_left_out() -> None:
    assert missing({SeatType.BASE: "si_1"}, Quantities(2, 0)) == frozenset()
    assert item_changes({SeatType.BASE: "si_1"}, Quantities(2, 0)) == (ItemChange("si_1", 2),)


def test_a_switch_of_the_cycle_begins_a_new_period_and_other_quantities_do_not() -> None:
    assert begins_new_period((ItemChange("si_1", 2, "price_1"), ItemChange("si_2", 1, "price_2")))
    assert not begins_new_period((ItemChange("si_1", 2), ItemChange("si_2", 1)))


def test_an_item_that_is_added_begins_no_new_period() -> None:
    assert not begins_new_period((ItemChange("si_1", 2), ItemChange(None, 1, "price_2", SeatType.VOICE)))
