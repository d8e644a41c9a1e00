"""A Stripe event is a hint about the plan or an invoice, or our own change that comes back."""

from uuid import UUID

import pytest

from services.billing.domain.hint import is_about_an_invoice, is_about_the_plan, operation_of

OPERATION = UUID("01990000-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    "type_", ["customer.subscription.updated", "customer.subscription.deleted", "customer.updated", "customer.deleted"]
)
def test_events_about_the_customer_or_the_subscription_may_be_about_the_plan(type_: str) -> None:
    assert is_about_the_plan(type_)
    assert not is_about_an_invoice(type_)


@pytest.mark.parametrize("type_", ["invoice.paid", "invoice.payment_failed", "invoice.voided"])
def test_events_about_an_invoice_name_the_invoice(type_: str) -> None:
    assert is_about_the_plan(type_)
    assert is_about_an_invoice(type_)


@pytest.mark.parametrize("type_", ["invoice.upcoming", "payment_method.attached", "customer.created", "charge.failed"])
def test_other_events_are_about_neither(type_: str) -> None:
    assert not is_about_the_plan(type_)
    assert not is_about_an_invoice(type_)


@pytest.mark.parametrize("key", [str(OPERATION), f"{OPERATION}-2", f"{OPERATION}-subscription-2"])
def test_our_keys_begin_with_the_operation(key: str) -> None:
    assert operation_of(key) == OPERATION


@pytest.mark.parametrize("key", [None, "", "of the dashboard's own", "headcount-portal-card-email-invoices-1"])
def test_another_key_belongs_to_no_operation(key: str | None) -> None:
    assert operation_of(key) is None
