"""Only the card that is charged counts: a payment method that is merely attached changes nothing by itself."""

import pytest

from services.billing.domain.card_events import may_choose_a_card, updates_the_card

UPDATES = ["payment_method.automatically_updated", "payment_method.updated"]


@pytest.mark.parametrize("type_", UPDATES)
def test_new_details_of_the_charged_card_may_make_it_work_again(type_: str) -> None:
    assert updates_the_card(type_, "pm_1", "pm_1")


@pytest.mark.parametrize("type_", UPDATES)
@pytest.mark.parametrize(("method", "charged"), [("pm_2", "pm_1"), (None, None), ("pm_1", None)])
def test_new_details_of_any_other_payment_method_change_nothing(
    type_: str, method: str | None, charged: str | None
) -> None:
    assert not updates_the_card(type_, method, charged)


def test_an_attached_payment_method_is_not_charged_until_somebody_chooses_it() -> None:
    assert may_choose_a_card("payment_method.attached")
    assert may_choose_a_card("payment_method.detached")
    assert not updates_the_card("payment_method.attached", "pm_1", "pm_1")


@pytest.mark.parametrize("type_", ["invoice.paid", "customer.updated"])
def test_other_events_are_not_about_the_card(type_: str) -> None:
    assert not may_choose_a_card(type_)
    assert not updates_the_card(type_, "pm_1", "pm_1")
