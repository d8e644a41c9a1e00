"""A change names both items, each with its quantity."""

from contracts.vocabulary import BillingCycle, Quantities, SeatType
from services.billing.domain.item_change import ItemChange, item_changes
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
