"""The quantities that an update replaced are read from Stripe's event."""

from contracts.stripe_events import ReplacedQuantity, replaced_quantities


def test_the_items_of_an_update_have_the_quantities_that_it_replaced() -> None:
    previous = {"items": {"data": [{"id": "si_1", "quantity": 2}, {"id": "si_2", "quantity": 0}]}}
    assert replaced_quantities(previous) == (
        ReplacedQuantity(item="si_1", quantity=2),
        ReplacedQuantity(item="si_2", quantity=0),
    )


def test_an_update_of_something_else_and_an_item_that_is_metered_replaced_no_quantity() -> None:
    assert replaced_quantities({"status": "past_due"}) == ()
    assert replaced_quantities({"items": {"data": [{"id": "si_3"}]}}) == ()


def test_nothing_is_read_of_items_in_the_shape_of_another_api_version() -> None:
    assert replaced_quantities({"items": []}) == replaced_quantities({"items": {"data": None}}) == ()
