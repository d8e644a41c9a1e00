"""Some Stripe events are about the customer's card."""

import pytest

from services.billing.domain.card_events import is_about_the_card


@pytest.mark.parametrize(
    "type_", ["payment_method.attached", "payment_method.automatically_updated", "payment_method.updated"]
)
def test_events_about_payment_methods_are_about_the_card(type_: str) -> None:
    assert is_about_the_card(type_)


@pytest.mark.parametrize("type_", ["invoice.paid", "customer.updated", "payment_method.detached"])
def test_other_events_are_not_about_the_card(type_: str) -> None:
    assert not is_about_the_card(type_)
